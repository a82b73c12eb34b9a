import { existsSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from '../stacks/settings';
import { seconds } from '../toolchain/log';
import { doingNow, failureLines, readLog, startCdktf } from './cdktf';
import type { Deployment } from './deployment';
import { confirm } from './confirm';
import { CommandError } from './errors';
import { hintAtOthers, otherPlatforms } from './other-stacks';
import { LiveLines, say } from './output';

/** Destroys a deployment after saying what will be lost, and makes sure that nothing of it is left. */
export async function down(deployment: Deployment, confirmed: boolean): Promise<void> {
  const { settings, folder, where, stateFile } = deployment;
  const { nothing, losses } = await deployment.belongings();
  const others = otherPlatforms(deployment);
  // Its secrets belong to all that is deployed under the name.
  const known = others.length === 0 ? existsSync(folder) : existsSync(stateFile);
  if (nothing && !known) return say(`nothing is deployed to ${where} as "${settings.name}"${hintAtOthers(deployment)}`);

  say(`This destroys "${settings.name}" (${where}):`);
  for (const line of losses) say(`  ${line}`);
  if (known)
    say(
      others.length === 0
        ? `  secrets, state and logs in ${relative(ROOT, folder)}`
        : `  its state in ${relative(ROOT, stateFile)}`,
    );
  if (!confirmed)
    await confirm(
      `Destroy "${settings.name}" and lose all of this?`,
      'nothing was destroyed',
      deployment.command('down --yes'),
    );

  const began = Date.now();
  if (existsSync(stateFile)) await destroy(deployment);
  for (const removed of await deployment.removeLeftovers()) say(`removed ${removed}, which the state did not know`);
  const still = await deployment.belongings();
  if (!still.nothing) throw new CommandError(`still there: ${still.losses.join('; ')}`);
  if (others.length === 0) rmSync(folder, { recursive: true, force: true });
  else {
    for (const file of [stateFile, `${stateFile}.backup`]) rmSync(file, { force: true });
    say(
      `${relative(ROOT, folder)} stays: the same name is deployed with "--platform ${others.join('" and "--platform ')}"`,
    );
  }
  say(
    `"${settings.name}" is gone, nothing of it is left (${seconds(Date.now() - began)}); the images stay for the next time`,
  );
}

async function destroy(deployment: Deployment): Promise<void> {
  const began = Date.now();
  const live = new LiveLines();
  const run = await startCdktf(deployment, 'destroy', say);
  let doing = 'looking at what is there';
  let spokenAt = Date.now();
  const timer = setInterval(() => {
    doing =
      run
        .newLines()
        .flatMap((line) => doingNow(line) ?? [])
        .at(-1) ?? doing;
    live.update([`destroying "${deployment.settings.name}"  ${seconds(Date.now() - began)}  ${doing}`]);
    if (live.moves || Date.now() - spokenAt < 5000) return;
    spokenAt = Date.now();
    live.log(`${`${Math.floor((Date.now() - began) / 1000)} s`.padStart(6)}  ${doing}`);
  }, 500);
  const stop = () => void run.stop(60);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    if ((await run.ended) === 0) return;
    throw new CommandError(
      [
        'cdktf destroy failed; secrets and state are kept, so it can be run again:',
        ...failureLines(readLog(run.logFile)),
        `Everything it said: ${run.logFile}`,
      ].join('\n'),
    );
  } finally {
    clearInterval(timer);
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    live.clear();
  }
}
