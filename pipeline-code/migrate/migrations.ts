/**
 * The steps that cannot be derived from the contract. A step that has been released is history: it is never edited, a new
 * one is added. A field that is added to the contract needs none: `migrate` adds its column after the last step.
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly cql: string;
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'create the table of users',
    cql: `CREATE TABLE IF NOT EXISTS spark_streams.created_users (
  id uuid,
  first_name text,
  last_name text,
  gender text,
  address text,
  post_code text,
  email text,
  username text,
  dob date,
  registered_date timestamp,
  phone text,
  picture text,
  run_id text,
  sequence int,
  produced_at timestamp,
  PRIMARY KEY (id)
)`,
  },
];
