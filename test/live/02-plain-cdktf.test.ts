import { plainEnvironment, run } from './support/run';

describe('plain cdktf with nothing exported', () => {
  it('finds nothing to change after a deployment', async () => {
    const diff = await run('npx', ['cdktf', 'diff', 'local'], { env: plainEnvironment() });
    expect(diff.output).toContain('No changes');
    expect(diff.code).toBe(0);
  });

  it('deploys again without touching anything', async () => {
    const deploy = await run('npx', ['cdktf', 'deploy', 'local', '--auto-approve'], { env: plainEnvironment() });
    expect(deploy.output).toMatch(/No changes|0 added, 0 changed, 0 destroyed/);
    expect(deploy.code).toBe(0);
    console.log(`second deploy: ${deploy.seconds.toFixed(1)} s`);
  });
});
