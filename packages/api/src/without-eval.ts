import { z } from 'zod';

// A page's policy forbids code made of text, to which schemas would be compiled when they are made.
z.config({ jitless: true });
