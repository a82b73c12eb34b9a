import { Command } from 'commander';
import { maxUsersPerRun } from '../../pipeline-code/contract/run';
import { HOP_SECONDS, wholeNumber } from './options';
import { examples } from '../output';

interface Options {
  readonly proof: boolean;
  readonly users?: number;
  readonly hopTimeout: number;
}

export function upCommand(): Command {
  const command = new Command('up')
    .description('set up the machine, deploy the platform to Docker and prove that data flows through it')
    .option('--no-proof', 'leave the proof out')
    .option('--users <count>', 'users of the proof; default: the setting usersPerRun', wholeNumber(1, maxUsersPerRun))
    .option('--hop-timeout <seconds>', 'longest stay of the proof at one hop', wholeNumber(1, 3600), HOP_SECONDS)
    .addHelpText('after', '\nIt can be run again at any time: what is there stays, what is missing is made.')
    .action(up);
  return examples(command, {
    up: 'deploy, or bring up to date what is there',
    'up --no-proof': 'without sending users through at the end',
    'up --users 500': 'with a larger proof',
  });
}

async function up({ proof, users, hopTimeout }: Options): Promise<void> {
  const { setUp } = await import('../../toolchain/setup.js');
  const { seconds } = await import('../../toolchain/log.js');
  const { deploy } = await import('../deploy.js');
  const { openDeployment } = await import('../deployment.js');
  const { checkFit, fitsAlready } = await import('../fit.js');
  const { memoryLine, memoryOf } = await import('../memory.js');
  const { heading, say, table } = await import('../output.js');
  const { proveAndReport, reportEndpoints } = await import('../report.js');
  const { completeRotation, resumeRotation } = await import('../secrets/rotate.js');
  const { waterfall } = await import('../waterfall.js');

  const started = Date.now();
  const { settings } = openDeployment();
  // The set-up takes minutes on a new machine: where an engine runs already, it is asked first.
  const asked = await fitsAlready(openDeployment(settings));
  heading('Set-up');
  await setUp({ deployment: settings.name });
  const phases = [`set-up ${seconds(Date.now() - started)}`];

  heading(`Deployment "${settings.name}"`);
  const deployment = openDeployment(settings); // the set-up may have chosen another engine
  for (const line of asked ?? (await checkFit(deployment))) say(`tight: ${line}`);
  await resumeRotation(deployment);
  const { began, timelines } = await deploy(deployment);
  await completeRotation(deployment);
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
  say(memoryLine(await memoryOf(deployment)));
}
