import { Command } from 'commander';
import { maxUsersPerRun } from '../../pipeline-code/contract/run';
import type { PlatformName } from '../deployment';
import { examples } from '../output';
import { HOP_SECONDS, platformOption, wholeNumber } from './options';

interface Options {
  readonly dag?: string;
  readonly users?: number;
  readonly hopTimeout: number;
  readonly platform: PlatformName;
}

export function proofCommand(): Command {
  const command = new Command('proof')
    .description('trigger a run through Airflow and follow it hop by hop until its rows are readable in Cassandra')
    .option('--users <count>', 'users of the run; default: the setting usersPerRun', wholeNumber(1, maxUsersPerRun))
    .option('--dag <id>', 'DAG that starts the run, with the parameter "users"; default: user_automation')
    .option('--hop-timeout <seconds>', 'longest stay at one hop', wholeNumber(1, 3600), HOP_SECONDS)
    .addOption(platformOption())
    .action(async ({ users, hopTimeout, dag, platform }: Options) => {
      const { openDeployment } = await import('../deployment.js');
      const { proveAndReport } = await import('../report.js');
      const { requireServices } = await import('../running.js');
      const deployment = await openDeployment(platform);
      await requireServices(deployment);
      await proveAndReport(deployment, {
        users: users ?? deployment.settings.usersPerRun,
        hopSeconds: hopTimeout,
        dag,
      });
    });
  return examples(command, {
    proof: 'as many users as a run of the DAG has',
    'proof --users 500 --hop-timeout 300': 'a larger run, with more patience',
    'proof --platform k8s': 'on the cluster',
    'proof --dag user_sample --users 5': 'through a DAG of your own',
  });
}
