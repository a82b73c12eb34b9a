import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, deployment } from './support/checkout';
import { containers } from './support/engine';
import { killGroup, killTree, killWhileWriting, run } from './support/run';

const state = join(checkout, '.deployments', deployment.name, 'local.tfstate');

/**
 * The deployment that all other files look at is made here, the hard way: four times killed with SIGKILL, then left
 * alone. `up` is what `npm start` runs.
 */
describe('npm start', () => {
  it.each([
    [5, 'with all that it has started', killTree],
    [20, 'with all that it has started', killTree],
    [30, 'with all that it has started, while Terraform writes its state', killWhileWriting(state)],
    // Terraform goes on in the background then, and the next command waits for it.
    [60, 'alone', killGroup],
  ])('can be killed after %i s, %s, without leaving anything that stops the next one', async (seconds, _how, kill) => {
    const killed = await run('npm', ['start'], {
      onStart: (child) => setTimeout(() => kill(child), seconds * 1000),
    });
    // Either it was killed, or it was already done: both are what a user may do. It must not fail by itself.
    expect(killed.signal === 'SIGKILL' || killed.code === 0 ? '' : killed.output).toBe('');
  });

  it('finishes what was interrupted, proves that data flows and says where to click', async () => {
    const up = await run('npm', ['start'], { timeoutSeconds: 900 });
    console.log(up.output.slice(-6000));
    expect(up.output).toContain('proof passed');
    expect(up.output).toContain(`http://localhost:${8080 + deployment.portOffset}`);
    expect(up.code).toBe(0);
  }, 1_000_000);

  it('keeps passwords out of its output and of Terraform’s state', async () => {
    const folder = join(checkout, '.deployments', deployment.name);
    const remembered = readFileSync(state, 'utf8');
    for (const secret of [
      'postgres-password',
      'airflow-admin-password',
      'producer-token',
      'cassandra-admin-password',
      'cassandra-stream-password',
    ]) {
      const value = readFileSync(join(folder, 'secrets', secret), 'utf8').trim();
      // The scheduler's database address is the documented exception: in its environment, hence in a state only we can read.
      const found = remembered.split(value).length - 1;
      expect({ secret, found }).toEqual({ secret, found: secret === 'postgres-password' ? expect.any(Number) : 0 });
    }
    for (const { Name, Args, Path } of await containers()) {
      for (const secret of [
        'airflow-admin-password',
        'producer-token',
        'postgres-password',
        'cassandra-admin-password',
      ]) {
        const value = readFileSync(join(folder, 'secrets', secret), 'utf8').trim();
        expect(`${Name} ${Path} ${Args.join(' ')}`).not.toContain(value);
      }
    }
    expect(existsSync(state)).toBe(true);
  });
});
