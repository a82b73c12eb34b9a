import { avroSchemaText, usersCompatibility, usersSubject } from '../pipeline-code/contract';
import { checkSubject } from '../pipeline-code/migrate/subject';
import { columnsOf, refuseOtherTypes } from '../pipeline-code/migrate/tables';
import { loadSettings } from '../stacks/settings';
import { cassandraOf, registryUrlOf } from './clients';
import type { Deployment } from './deployment';
import { openDocker } from './docker';
import { explain } from './errors';

const TIMEOUT_MS = 5000;

/**
 * Asks a running deployment whether the contract of this checkout may follow the one that it has. `migrate` asks the same
 * and decides; but when it does, Docker has already stopped the programs that a deployment replaces.
 *
 * @returns what could not be asked, because it does not run
 * @throws naming the fields and columns
 */
export async function checkContract(deployment: Deployment): Promise<string[]> {
  const silent: string[] = [];
  const registryUrl = await registryUrlOf(deployment);
  const answers = await fetch(`${registryUrl}/subjects`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    (response) => response.ok,
    () => false,
  );
  if (answers)
    await checkSubject(registryUrl, { name: usersSubject, compatibility: usersCompatibility, schema: avroSchemaText });
  else silent.push('the Schema Registry');

  const cassandra = await cassandraOf(deployment);
  try {
    const connected = await cassandra.connect().then(
      () => true,
      () => false,
    );
    if (connected) refuseOtherTypes(await columnsOf(cassandra));
    else silent.push('Cassandra');
  } finally {
    await cassandra.shutdown().catch(() => undefined);
  }
  return silent;
}

async function main(): Promise<void> {
  try {
    const silent = await checkContract(openDocker(loadSettings()));
    if (silent.length > 0)
      process.stderr.write(`the contract is checked by migrate only: ${silent.join(' and ')} cannot be asked now\n`);
  } catch (error) {
    // Spelt as Terraform does, whose place this takes.
    process.stderr.write(`\nError: nothing was changed, because ${explain(error)}\n\n`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main().then(() => process.exit());
