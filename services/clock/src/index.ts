export { announceTo, type CustomerAnnouncement, toAppend } from './announce.ts';
export { type Clock, type ClockOptions, type DueCustomers, startClock, type Written } from './clock.ts';
export { dueCustomersIn } from './due-customers.ts';
