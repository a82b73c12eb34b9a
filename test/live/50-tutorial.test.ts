import { readFileSync, writeFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, deployment, SOURCE, withoutSettings } from './support/checkout';
import { documented } from './support/documented';
import { deployed, DEPLOYED_MS } from './support/deployed';
import { normalised, plain, withDefaults } from './support/output-text';
import { type Finished, run } from './support/run';
import { missingLines, readTutorial, type Step } from './support/tutorial';

const page = readFileSync(join(SOURCE, 'docs/tutorial.md'), 'utf8');
const settings = join(checkout, 'settings.json');

/** The tutorial writes the settings file: which deployment is meant comes from the environment, which wins. */
const env = {
  ...withoutSettings(process.env),
  STREAMING_NAME: deployment.name,
  STREAMING_PORT_OFFSET: String(deployment.portOffset),
};

function lines(text: string): string[] {
  return normalised(
    plain(text)
      .split('\n')
      .map((line) => withDefaults(line, deployment))
      .join('\n'),
  ).split('\n');
}

async function follow(step: Step): Promise<void> {
  const done: Finished =
    step.kind === 'edit'
      ? await run('git', ['apply'], { env, input: step.diff })
      : await run('bash', ['-euo', 'pipefail', '-c', step.command], { env });
  const [what, fails] = step.kind === 'edit' ? [step.diff, false] : [step.command, step.fails];
  if ((done.code !== 0) !== fails)
    throw new Error(`\n${what}\nended with ${done.code}, ${fails ? 'but should fail' : 'not with 0'}:\n${done.output}`);
  if (step.kind !== 'run') return;
  console.log(`${done.seconds.toFixed(1)} s: ${step.command}`);
  const missing = missingLines(lines(step.shows.join('\n')), lines(done.output));
  if (missing.length > 0)
    throw new Error(`\n${what}\ndid not print, in this order:\n${missing.join('\n')}\nbut:\n${done.output}`);
}

async function git(...args: string[]): Promise<void> {
  const { code, output } = await run('git', args, { env });
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${output}`);
}

/** Without it a newcomer would be the first to find out that the first hour does not work any more. */
describe('the first hour', () => {
  let stuck: string | undefined;
  let before: Buffer;

  beforeAll(async () => {
    await deployed();
    before = readFileSync(settings);
    // A reader has a clone: the tutorial ends by taking the edits back with git.
    await git('init', '-q');
    await git('add', '-A');
    await git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '-qm', 'as cloned');
  }, DEPLOYED_MS);

  const sections = readTutorial(page).filter(({ steps }) => steps.length > 0);
  it.each(sections.map(({ title, steps }) => [title, steps] as const))(
    '%s',
    async (title, steps) => {
      if (stuck !== undefined) throw new Error(`not tried, because "${stuck}" failed`);
      try {
        for (const step of steps) await follow(step);
      } catch (error) {
        stuck = title;
        throw error;
      }
    },
    600_000,
  );

  it('leaves a run whose ledger is printed as docs/commands/proof.md shows it', async () => {
    const ledger = await run(join(checkout, 'node_modules/.bin/streaming'), ['ledger'], { env });
    documented('docs/commands/proof.md', 'ledger', ledger.output);
  });

  afterAll(async () => {
    if (stuck !== undefined) await git('restore', '.').then(() => git('clean', '-fdq'));
    rmSync(join(checkout, '.git'), { recursive: true, force: true });
    writeFileSync(settings, before);
    if (stuck === undefined) return;
    // The files that come after this one find the deployment as it was.
    const up = await run('npm', ['start', '--', '--no-proof'], { timeoutSeconds: 900 });
    if (up.code !== 0) throw new Error(`the deployment could not be put back:\n${up.output}`);
  }, DEPLOYED_MS);
});
