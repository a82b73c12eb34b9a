/**
 * Records the plan of each change of the table against a deployment that runs, reduced to what a review reads:
 *
 *   STREAMING_TEST_NAME=mine STREAMING_TEST_PORT_OFFSET=500 node --import tsx test/review/record.ts [ID...]
 *
 * The deployment is the one of the live tests (test/live/support/checkout.ts), made before by one of them.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, deployment, withoutSettings } from '../live/support/checkout';
import type { StackPlan } from '../../cli/review/review';
import { changes } from './changes';
import { make } from './edit';
import { reduce } from './reduce';

const wanted = process.argv.slice(2);
const secrets = join(checkout, '.deployments', deployment.name, 'secrets');
/** In a process of the checkout: its own code plans it. */
const take =
  "require('./cli/review/take').takePlans('local', console.error).then((taken) => process.stdout.write(JSON.stringify(taken.plans)))";

for (const change of changes.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
  const takeBack = make(change, checkout, deployment.name);
  try {
    const plans = execFileSync('node', ['--import', 'tsx', '-e', take], {
      cwd: checkout,
      // What is on the engine is as it was when it was deployed; asking it again is most of the time.
      env: { ...withoutSettings(process.env), TF_CLI_ARGS_plan: '-refresh=false' },
      encoding: 'utf8',
      maxBuffer: 100 * 1024 * 1024,
    });
    const replacements = [
      ...readdirSync(secrets).map(
        (name) => [readFileSync(join(secrets, name), 'utf8').trim(), `recorded-secret-${name}`] as const,
      ),
      [checkout, '/repository'] as const,
      [`${deployment.name}-`, 'streaming-'] as const,
      [`.deployments/${deployment.name}/`, '.deployments/streaming/'] as const,
    ];
    const text = replacements.reduce((rest, [from, to]) => rest.replaceAll(jsonText(from), jsonText(to)), plans);
    const [plan] = JSON.parse(text.replaceAll(`"value":"${deployment.name}"`, '"value":"streaming"')) as [StackPlan];
    writeFileSync(join(__dirname, 'plans', `${change.id}.json`), reduce(plan));
    console.log(`recorded ${change.id}`);
  } catch (error) {
    console.log(`FAILED ${change.id}: ${(error as Error).message.slice(0, 2000)}`);
  } finally {
    takeBack();
  }
}

function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
