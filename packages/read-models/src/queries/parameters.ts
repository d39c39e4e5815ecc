import { z } from 'zod';

/** Fields of query parameters. */
export const limit = z.number().int().min(1).max(500).default(50);
export const timeGiven = z.number().int();
