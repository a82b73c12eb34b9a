import { type Command, InvalidArgumentError, Option } from 'commander';
import { platformNames } from '../deployment';
import { wrongInput } from '../errors';

/** Parses an option that is a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

export const HOP_SECONDS = 120;

/** Where the deployment is that a command is about. */
export function platformOption(): Option {
  return new Option('--platform <name>', 'where it runs').choices(platformNames).default('docker');
}

/** For a command that works on Docker only: refuses any other platform, and says what to do there. */
export function onDockerOnly(command: Command, instead: string): Command {
  return command.addOption(platformOption().hideHelp()).hook('preAction', (_this, action) => {
    const { platform } = action.opts<{ platform?: string }>();
    if (platform !== undefined && platform !== 'docker')
      throw wrongInput(`"${action.name()}" works on Docker only. ${instead}`);
  });
}
