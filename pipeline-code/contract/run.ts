import { v5 } from 'uuid';
import { z } from 'zod';

// Any fixed UUID does; changing it changes the id of every user.
const USER_IDS = '6f1d0a5e-3c0b-5a6e-9c1e-2f6f7d5b8a41';

/** The id of the user at `sequence` (from 0) of a run: the same on every attempt. */
export function userId(runId: string, sequence: number): string {
  return v5(`${runId}/${sequence}`, USER_IDS);
}

export const maxUsersPerRun = 5000;

/** One run as its producer reports it, and as it is kept in the topic of runs (key: `run_id`, value: this as JSON). */
export const runSchema = z.object({
  run_id: z.string().min(1),
  state: z.enum(['accepted', 'running', 'succeeded', 'failed']),
  /** How many users were asked for. */
  users: z.int().min(1).max(maxUsersPerRun),
  /** How many of them Kafka has acknowledged: sequences 0 to acknowledged - 1. */
  acknowledged: z.int().min(0),
  /** Where the users come from, decided once; null until then. */
  source: z.enum(['live', 'twin']).nullable(),
  /** What the source is seeded with. */
  seed: z.string(),
  /** Raised by the caller to try a failed run once more. */
  attempt: z.int().min(1),
  error: z.string().optional(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  finished_at: z.iso.datetime().optional(),
});

export type Run = z.infer<typeof runSchema>;
export type UserSource = NonNullable<Run['source']>;
