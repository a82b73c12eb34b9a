import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { CommandError, wrongInput } from '../errors';
import { examples } from '../output';
import type { DataClass, Review } from '../review/model';
import type { Plan } from '../review/plan';

/** From which class of change on the command fails. */
const thresholds = { any: 'none', restart: 'restart', 'data-loss': 'moved' } as const satisfies Record<
  string,
  DataClass
>;
const exitCodes: Readonly<Record<DataClass, number>> = { none: 10, restart: 11, moved: 12, lost: 13 };

interface Options {
  readonly stack?: string;
  readonly plan?: string[];
  readonly json?: true;
  readonly markdown?: true;
  readonly failOn?: keyof typeof thresholds;
}

export function reviewCommand(): Command {
  const command = new Command('review')
    .description('say what a deployment would do to the services and their data; changes nothing')
    .option('--stack <name>', 'one stack: local or k8s; default: all')
    .option('--plan <file...>', 'plans made elsewhere: what "terraform show -json PLAN" prints')
    .addOption(new Option('--json', 'one JSON document').conflicts('markdown'))
    .option('--markdown', 'text for a comment of a pull request')
    .addOption(
      new Option(
        '--fail-on <what>',
        'exit code 10: a change without a gap, 11: a gap, 12: data moved, 13: data lost',
      ).choices(Object.keys(thresholds)),
    )
    .action(show);
  return examples(command, {
    review: 'what would happen here and now',
    'review --stack local': 'on Docker only',
    'review --markdown > review.md': 'for a pull request',
    'review --fail-on data-loss': 'for a script that deploys only what loses no data',
    'review --plan plan.json': 'of a plan made elsewhere: terraform show -json PLAN > plan.json',
  });
}

async function show({ stack, plan: files, json, markdown, failOn }: Options): Promise<void> {
  const { review } = await import('../review/review.js');
  let made: Review;
  if (files === undefined) {
    const { takePlans } = await import('../review/take.js');
    const { plans, secrets } = await takePlans(stack, (line) => process.stderr.write(`${line}\n`));
    made = review(plans, secrets);
  } else {
    made = review(files.map(readPlan).filter((one) => stack === undefined || one.stack === stack));
  }
  process.stdout.write(await render(made, { json, markdown }));
  if (failOn === undefined) return;
  const unknown = made.stacks.filter(({ basis }) => basis === 'unknown').map((one) => one.stack);
  if (unknown.length > 0)
    throw new CommandError(
      `${unknown.join(', ')} could not be compared with what is deployed, so --fail-on cannot answer; --stack leaves it out`,
    );
  const refused = made.stacks.flatMap((one) => one.refused);
  if (refused.length > 0) throw new CommandError(`the deployment would be refused: ${refused.join('; ')}`);
  if (!made.changed) return;
  const [worst, allowed] = [exitCodes[made.data], exitCodes[thresholds[failOn]]];
  if (worst >= allowed) process.exitCode = worst;
}

async function render(made: Review, { json, markdown }: Pick<Options, 'json' | 'markdown'>): Promise<string> {
  if (json) return `${JSON.stringify(made, undefined, 2)}\n`;
  if (markdown) return (await import('../review/markdown.js')).markdown(made);
  return `${(await import('../review/terminal.js')).terminal(made)}\n`;
}

function readPlan(file: string): { stack: string; plan: Plan; basis: 'deployment' } {
  let plan: Plan | undefined;
  try {
    plan = JSON.parse(readFileSync(file, 'utf8')) as Plan;
  } catch (error) {
    throw wrongInput(
      `${file} cannot be read as a plan (${(error as Error).message}): give it what "terraform show -json PLAN" prints`,
    );
  }
  if (!Array.isArray(plan?.resource_changes))
    throw wrongInput(
      `${file} holds no "resource_changes", so it is not a plan: give it what "terraform show -json PLAN" prints`,
    );
  const kubernetes = plan.resource_changes.some(({ type }) => type.startsWith('kubernetes_'));
  return { stack: kubernetes ? 'k8s' : 'local', plan, basis: 'deployment' };
}
