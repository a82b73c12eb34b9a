/**
 * Run by Terraform after it has started a container: returns when the service answers its health command, fails as soon
 * as it cannot any more. Plain `cdktf deploy` shows what this prints.
 *
 * Usage: wait-until-ready.ts CONTAINER_ID NAME START_SECONDS
 */
import Docker from 'dockerode';
import { answers, lastLogLines, verdict } from './container-state';

const POLL_MS = 300;

async function main([id, name, startSeconds]: string[]): Promise<void> {
  const container = new Docker().getContainer(id!);
  const deadline = Date.now() + Number(startSeconds) * 1000;
  const fail = async (why: string): Promise<never> => {
    console.error(`${name} ${why}. Its last log lines:\n${await lastLogLines(container, 20)}`);
    process.exit(1);
  };
  for (;;) {
    const state = await container.inspect();
    const seen = verdict(state);
    if (seen.state === 'ready') return;
    if (seen.state === 'failed') await fail(seen.why);
    // The engine asks every few seconds only; asking here takes those seconds out of every link of the start-up chain.
    if (state.State.Running && (await answers(container))) return;
    if (Date.now() > deadline) await fail(`is not ready after ${startSeconds} s`);
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
}

void main(process.argv.slice(2));
