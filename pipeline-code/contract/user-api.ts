import { z } from 'zod';

import { userSchema, type User } from './record';
import { userId } from './run';

/** The pinned version of the random user API; another one may give other users for the same seed. */
export const userApiVersion = '1.4';

/** Most users that one request may ask for. */
export const userApiMaxResults = 5000;

/** The part of an API user that the platform keeps. */
export const apiUserSchema = z.object({
  gender: z.string(),
  name: z.object({ first: z.string(), last: z.string() }),
  location: z.object({
    street: z.object({ number: z.number(), name: z.string() }),
    city: z.string(),
    state: z.string(),
    country: z.string(),
    postcode: z.union([z.string(), z.number()]),
  }),
  email: z.string(),
  login: z.object({ username: z.string() }),
  dob: z.object({ date: z.iso.datetime() }),
  registered: z.object({ date: z.iso.datetime() }),
  phone: z.string().optional(),
  picture: z.object({ medium: z.string() }).optional(),
});

export const apiPageSchema = z.object({
  results: z.array(apiUserSchema),
  info: z.object({ seed: z.string(), page: z.number(), results: z.number(), version: z.string() }),
});

export type ApiUser = z.infer<typeof apiUserSchema>;

export interface Provenance {
  readonly runId: string;
  readonly sequence: number;
  readonly producedAt: Date;
}

/** A user of the API as a record of the platform. Throws where a value breaks a rule of the record. */
export function toUser(user: ApiUser, { runId, sequence, producedAt }: Provenance): User {
  const { street, city, state, country, postcode } = user.location;
  // The type makes the compiler ask for every field of the record.
  const mapped: User = {
    id: userId(runId, sequence),
    first_name: user.name.first,
    last_name: user.name.last,
    gender: user.gender,
    address: `${street.number} ${street.name}, ${city}, ${state}, ${country}`,
    post_code: String(postcode),
    email: user.email,
    username: user.login.username,
    dob: user.dob.date.slice(0, 10),
    registered_date: new Date(user.registered.date),
    phone: user.phone ?? null,
    picture: user.picture?.medium ?? null,
    run_id: runId,
    sequence,
    produced_at: producedAt,
  };
  return userSchema.parse(mapped);
}
