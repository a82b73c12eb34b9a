import { Command } from 'commander';
import { examples } from '../output';
import { onDockerOnly } from './options';

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('check the machine, the network and the deployment hop by hop; ends with 1 where something is wrong')
    .option('--json', 'one JSON document')
    .action(async ({ json: asJson = false }: { json?: boolean }) => {
      const { examine } = await import('../doctor.js');
      const { exitCodes } = await import('../errors.js');
      const { colours, heading, json, say, table } = await import('../output.js');
      const findings = await examine();
      const wrong = findings.filter(({ state }) => state === 'wrong').length;
      if (wrong > 0) process.exitCode = exitCodes.failed;
      if (asJson) return json({ healthy: wrong === 0, findings });
      const signs = { ok: colours.green('✔'), warning: colours.yellow('!'), wrong: colours.red('✖') };
      for (const part of ['machine', 'network', 'files', 'deployment'] as const) {
        const rows = findings
          .filter((finding) => finding.part === part)
          .flatMap(({ what, state, value, mend }) => [
            [signs[state], what, value],
            ...(mend === undefined || state === 'ok' ? [] : [['', '', `-> ${mend}`]]),
          ]);
        if (rows.length === 0) continue;
        heading(part[0]!.toUpperCase() + part.slice(1));
        say(table([], rows));
      }
      const warnings = findings.filter(({ state }) => state === 'warning').length;
      say(`\n${findings.length} checks: ${wrong} wrong, ${warnings} to look at`);
    });
  onDockerOnly(
    command,
    'On Kubernetes "npx streaming status --platform k8s" shows the services, and a deployment looks at the cluster before it creates anything.',
  );
  return examples(command, {
    doctor: 'what is wrong, and what mends it',
    'doctor --json': 'the same for a script',
  });
}
