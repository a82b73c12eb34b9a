import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, deployment } from './support/checkout';
import { engine, leftovers } from './support/engine';
import { run } from './support/run';

describe('npm run down', () => {
  const foreign = { name: 'streaming-test-foreign' };

  beforeAll(async () => {
    // Somebody else's objects whose names look like ours: only the label may decide.
    await engine.createNetwork({
      Name: foreign.name,
      Driver: 'bridge',
      IPAM: { Config: [{ Subnet: '10.213.255.224/27' }], Driver: 'default' },
    });
    await engine.createVolume({ Name: foreign.name });
  });

  afterAll(async () => {
    await engine.getNetwork(foreign.name).remove();
    await engine.getVolume(foreign.name).remove();
  });

  it('refuses to lose data without a confirmation', async () => {
    const refused = await run('npm', ['run', 'down']);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('--yes');
    expect(await leftovers()).not.toEqual([]);
  });

  it('removes every object of the deployment, its state and secrets, and nothing else', async () => {
    const down = await run('npm', ['run', 'down', '--', '--yes']);
    expect([down.code, down.output.slice(-2000)]).toEqual([0, expect.any(String)]);
    console.log(`destroy: ${down.seconds.toFixed(1)} s`);
    expect(await leftovers()).toEqual([]);
    expect(existsSync(join(checkout, '.deployments', deployment.name))).toBe(false);
    await expect(engine.getNetwork(foreign.name).inspect()).resolves.toBeDefined();
    await expect(engine.getVolume(foreign.name).inspect()).resolves.toBeDefined();
  }, 300_000);
});
