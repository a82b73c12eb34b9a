import type { Exec } from './connections';

/** When the database last began to serve; a crash of any backend makes it begin again. */
async function servesSince(exec: Exec): Promise<string> {
  const query = "SELECT backend_start FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
  const { code, output } = await exec('postgres', ['psql', '-U', 'airflow', '-d', 'airflow', '-Atc', query]);
  expect([code, output.trim()]).toEqual([0, expect.stringMatching(/^\d{4}-\d\d-\d\d /)]);
  return output.trim();
}

/** What is left of an ended `exec` belongs to the first process. That must not be PostgreSQL, which would restart. */
export async function expectOrphanEndsUnnoticed(exec: Exec): Promise<void> {
  const before = await servesSince(exec);
  const orphan = ['bash', '-c', 'bash -c "sleep 1; kill -TERM \\$\\$" > /dev/null 2>&1 &'];
  expect(await exec('postgres', orphan)).toEqual({ code: 0, output: '' });
  await new Promise((next) => setTimeout(next, 3000));
  expect(await servesSince(exec)).toBe(before);
}

/** How the database was left, in the words of the server at its last start: only one that was `shut down` need not recover. */
export async function startOfPostgres(log: () => Promise<string>): Promise<'shut down' | 'interrupted'> {
  const starts = [...(await log()).matchAll(/database system was (shut down|interrupted)/g)];
  expect(starts).not.toEqual([]);
  return starts.at(-1)![1] as 'shut down' | 'interrupted';
}
