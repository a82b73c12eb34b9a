import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import Docker from 'dockerode';
import { ROOT, type Settings } from '../../stacks/settings';
import { type Log, seconds } from '../../toolchain/log';
import { CommandError, wrongInput } from '../errors';

/** Brings the images of a deployment to the registry that its nodes pull from. Layers that are there do not travel again. */
export async function pushImages(
  { registry, pullSecretFile }: Settings['images'],
  references: readonly string[],
  log: Log,
  docker = new Docker(),
): Promise<void> {
  if (registry === undefined)
    throw wrongInput('the settings name no registry: set "images": { "registry": "registry.example:5000" }');
  // The engine wants a login in every case.
  const authconfig = loginOf(registry, pullSecretFile) ?? {};
  for (const reference of references) {
    const began = Date.now();
    const [repository, tag] = split(reference);
    const there = `${registry}/${repository}`;
    await docker
      .getImage(reference)
      .tag({ repo: there, tag })
      .catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 404) throw error;
        throw new CommandError(`image ${reference} is not in the engine: "npx streaming images" builds it`);
      });
    const stream = await docker.getImage(`${there}:${tag}`).push({ authconfig });
    await followed(docker, stream, `${there}:${tag}`);
    log(`images: pushed ${there}:${tag} in ${seconds(Date.now() - began)}`);
  }
}

/** The engine answers a push with 200 and says in the stream that it has failed. */
function followed(docker: Docker, stream: NodeJS.ReadableStream, reference: string): Promise<void> {
  return new Promise((done, failed) => {
    docker.modem.followProgress(stream, (error, events: { error?: string }[] = []) => {
      const why = error?.message ?? events.find((event) => event.error !== undefined)?.error;
      if (why === undefined) done();
      else
        failed(
          new CommandError(
            `${reference} was not pushed: ${why}. Log in with "docker login", or name a file with the login as "images.pullSecretFile"`,
          ),
        );
    });
  });
}

interface Login {
  readonly serveraddress: string;
  readonly username: string;
  readonly password: string;
}

/** The login in the file of the settings, else in Docker's own; undefined where neither has one. */
export function loginOf(registry: string, file?: string, home = homedir()): Login | undefined {
  const named = file === undefined ? undefined : resolve(ROOT, file);
  if (named !== undefined && !existsSync(named))
    throw wrongInput(
      `${named}, which the settings name as "images.pullSecretFile", is not there: "docker login" makes one`,
    );
  const path = named ?? join(process.env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json');
  if (!existsSync(path)) return undefined;
  let auths: Record<string, { auth?: string }> | undefined;
  try {
    ({ auths } = JSON.parse(readFileSync(path, 'utf8')) as { auths?: typeof auths });
  } catch {
    throw wrongInput(`${path} is no JSON: "docker login" writes it`);
  }
  const host = registry.split('/')[0]!;
  const auth = auths?.[host]?.auth;
  if (auth === undefined) return undefined;
  const [username, ...password] = Buffer.from(auth, 'base64').toString().split(':');
  return { serveraddress: host, username: username!, password: password.join(':') };
}

/** A registry may have a port: the tag begins at the last colon. */
function split(reference: string): [repository: string, tag: string] {
  const at = reference.lastIndexOf(':');
  return [reference.slice(0, at), reference.slice(at + 1)];
}
