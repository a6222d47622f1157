import type { z } from 'zod';

/** A kind of job: its name in the queue and the shape of its payload, for who enqueues it and for who handles it. */
export interface Task<Payload extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly payload: Payload;
}

/**
 * Declares a kind of job. It belongs to the lowest folder that enqueues it; one above may handle it.
 * @param name `folder.what`; jobs that wait keep it, so a new meaning needs a new name.
 */
export const task = <Payload extends z.ZodObject>(name: string, payload: Payload): Task<Payload> => ({
  name,
  payload,
});
