import { resolve } from 'node:path';
import { Command } from 'commander';
import { examples } from '../output';

export function settingsCommand(): Command {
  const command = new Command('settings').description('show every setting with its value and where that comes from');
  command
    .command('show', { isDefault: true })
    .description('values of this deployment: default, profile, file or environment')
    .option('--json', 'one JSON document')
    .action(async ({ json: asJson = false }: { json?: boolean }) => {
      const { originsOfSettings, ROOT } = await import('../../stacks/settings.js');
      const { json, say, table } = await import('../output.js');
      const { file, origins } = originsOfSettings();
      if (asJson) {
        const settings = Object.fromEntries(origins.map(({ key, ...origin }) => [key, origin]));
        return json({ file: file ?? null, settings });
      }
      const rows = origins.map(({ key, value, from, where }) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
        where === undefined ? from : `${from} ${where.replace(`${ROOT}/`, '')}`,
      ]);
      say(table(['setting', 'value', 'from'], rows));
      if (file === undefined) say('\nThere is no settings.json: make one, or set a variable, to change a value.');
    });
  command
    .command('check')
    .argument('<file>', 'a settings file')
    .description('say everything that is wrong with a file, and deploy nothing')
    .option('--json', 'one JSON document')
    .action(async (name: string, { json: asJson = false }: { json?: boolean }) => {
      const { checkSettingsFile, SettingsError } = await import('../../stacks/settings.js');
      const { json, say } = await import('../output.js');
      const file = resolve(process.env['STREAMING_CALLED_FROM'] ?? '.', name);
      try {
        checkSettingsFile(file);
        if (asJson) json({ file, problems: [] });
        else say(`${file}: no problem found`);
      } catch (error) {
        if (!asJson || !(error instanceof SettingsError)) throw error;
        json({ file, problems: error.message.split('\n') });
        process.exitCode = error.exitCode;
      }
    });
  return examples(command, {
    settings: 'what this deployment uses, and why',
    'settings --json': 'the same for a script',
    'settings check settings.json': 'before it is deployed; ends with 2 where something is wrong',
  });
}
