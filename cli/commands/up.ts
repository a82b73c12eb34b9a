import { Command } from 'commander';
import { maxUsersPerRun } from '../../pipeline-code/contract/run';
import type { PlatformName } from '../deployment';
import { examples } from '../output';
import { HOP_SECONDS, platformOption, wholeNumber } from './options';

interface Options {
  readonly proof: boolean;
  readonly users?: number;
  readonly hopTimeout: number;
  readonly platform: PlatformName;
}

export function upCommand(): Command {
  const command = new Command('up')
    .description('set up the machine, deploy the platform and prove that data flows through it')
    .option('--no-proof', 'leave the proof out')
    .option('--users <count>', 'users of the proof; default: the setting usersPerRun', wholeNumber(1, maxUsersPerRun))
    .option('--hop-timeout <seconds>', 'longest stay of the proof at one hop', wholeNumber(1, 3600), HOP_SECONDS)
    .addOption(platformOption())
    .addHelpText('after', '\nIt can be run again at any time: what is there stays, what is missing is made.')
    .action(up);
  return examples(command, {
    up: 'deploy, or bring up to date what is there',
    'up --no-proof': 'without sending users through at the end',
    'up --users 500': 'with a larger proof',
    'up --platform k8s': 'to the cluster that k8s.context names',
  });
}

async function up({ proof, users, hopTimeout, platform }: Options): Promise<void> {
  const { seconds } = await import('../../toolchain/log.js');
  const { deploy } = await import('../deploy.js');
  const { openDeployment } = await import('../deployment.js');
  const { memoryLine } = await import('../memory.js');
  const { heading, say, table } = await import('../output.js');
  const { proveAndReport, reportEndpoints } = await import('../report.js');
  const { waterfall } = await import('../waterfall.js');

  const started = Date.now();
  const wanted = await openDeployment(platform);
  const { settings } = wanted;
  heading('Set-up');
  const deployment = await wanted.prepare();
  const phases = [`set-up ${seconds(Date.now() - started)}`];

  heading(`Deployment "${settings.name}" to ${deployment.where}`);
  const { began, timelines } = await deploy(deployment);
  await deployment.complete();
  phases.push(`deploy ${seconds(Date.now() - began)}`);
  const { head, rows, kept } = waterfall(timelines, began);
  if (rows.length > 0) say(`\n${table(head, rows)}`);
  if (kept.length > 0) say(`unchanged: ${kept.join(', ')}`);

  if (proof) {
    const { seconds: took, firstRowAt } = await proveAndReport(deployment, {
      users: users ?? settings.usersPerRun,
      hopSeconds: hopTimeout,
    });
    phases.push(
      `first row ${seconds(firstRowAt - began)} after the start of the deployment`,
      `proof ${seconds(took * 1000)}`,
    );
  }
  reportEndpoints(deployment);
  heading('Figures');
  say(phases.join(', '));
  say(memoryLine(await deployment.memory()));
}
