import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { airflowToken, checkRoles } from './airflow-roles';
import { checkout } from './support/checkout';
import { exec, until } from './support/engine';
import { airflowUrl, secret } from './support/platform';

const passwords = () => ({
  admin: secret('airflow-admin-password'),
  author: secret('airflow-author-password'),
  operations: secret('airflow-operations-password'),
});

async function get<T>(token: string, path: string): Promise<T> {
  const response = await fetch(`${airflowUrl}/api/v2${path}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  });
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return (await response.json()) as T;
}

describe('Airflow', () => {
  it('defect 20: lets each of the three roles do what it may, and nothing else', async () => {
    const results = await checkRoles(airflowUrl, passwords());
    expect(results.length).toBeGreaterThan(40);
    expect(results.filter((r) => !r.ok)).toEqual([]);
  });

  it('defect 16: shows the log of a task to the one who triggered it', async () => {
    const token = await airflowToken(airflowUrl, 'operations', passwords().operations);
    const run = await until('a finished run', 120, async () => {
      const { dag_runs: runs } = await get<{ dag_runs: { dag_run_id: string; state: string }[] }>(
        token,
        '/dags/user_automation/dagRuns?limit=50',
      );
      return runs.find((r) => r.state === 'success');
    });
    const id = encodeURIComponent(run.dag_run_id);
    const log = await get<unknown>(
      token,
      `/dags/user_automation/dagRuns/${id}/taskInstances/produce_users/logs/1?full_content=true`,
    );
    expect(JSON.stringify(log)).toContain('succeeded');
    expect(JSON.stringify(log)).not.toContain('Log file does not exist');
    expect(JSON.stringify(log)).not.toContain(secret('producer-token'));
  });

  it('makes a change of a DAG Author live without a deployment', async () => {
    const token = await airflowToken(airflowUrl, 'author', passwords().author);
    const file = join(checkout, 'pipeline-code/dags/user_automation.py');
    const original = readFileSync(file, 'utf8');
    expect(original).toContain('tags=["streaming"]');
    writeFileSync(file, original.replace('tags=["streaming"]', 'tags=["streaming", "edited-by-the-live-test"]'));
    try {
      await until('the new tag in the API', 90, async () => {
        const dag = await get<{ tags: { name: string }[] }>(token, '/dags/user_automation');
        return dag.tags.some((t) => t.name === 'edited-by-the-live-test');
      });
    } finally {
      writeFileSync(file, original);
    }
  });

  it('hides the scheduler’s secrets from code that runs under the same user', async () => {
    for (const workload of ['airflow-scheduler', 'airflow-dag-processor']) {
      const { output } = await exec(workload, ['bash', '-c', 'cat /proc/1/environ; ls /run/secrets; true']);
      expect([workload, output]).toEqual([workload, expect.stringContaining('Permission denied')]);
      expect(output).not.toContain(secret('postgres-password'));
      expect(output).toMatch(/\/run\/secrets.*No such file/);
    }
  });
});
