import { Command } from 'commander';
import { wholeNumber } from './options';
import { examples } from '../output';

export function ledgerCommand(): Command {
  const command = new Command('ledger')
    .description('account for every user of a run: produced = stored + dead-lettered + in flight')
    .argument('[run]', 'id of the run; default: the newest')
    .option('--wait <seconds>', 'how long to wait for records that are on their way', wholeNumber(0, 3600), 15)
    .action(async (runId: string | undefined, { wait }: { wait: number }) => {
      const { openDeployment } = await import('../deployment.js');
      const { ledgerOf } = await import('../ledger.js');
      const { checkLedger } = await import('../report.js');
      const { requireServices } = await import('../running.js');
      const deployment = openDeployment();
      await requireServices(deployment);
      checkLedger(await ledgerOf(deployment, runId, wait));
    });
  return examples(command, {
    ledger: 'the newest run',
    'ledger --wait 60': 'give records on their way a minute',
  });
}
