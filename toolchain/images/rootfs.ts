import { join } from 'node:path';
import { ensureTools } from '../system';
import { publish } from '../cache';
import { run, runOrFail } from '../run';

const debian = 'debian:bookworm-slim';

/** How long an image registry may be silent before it counts as not reachable: a closed network may hang, not fail. */
const silenceMs = 10_000;

export interface Rootfs {
  readonly reference: string;
  readonly because: string;
}

/** Debian bookworm to build on: from the engine or an image registry if one answers, else made here from Debian's packages. */
export async function debianRootfs(docker: string, cache: string, log: (line: string) => void): Promise<Rootfs> {
  if ((await run(docker, ['image', 'inspect', debian])).code === 0) {
    return { reference: debian, because: `on ${debian}, which the engine has` };
  }
  const pulled = await run(docker, ['pull', debian], { firstOutputMs: silenceMs });
  if (pulled.code === 0) return { reference: debian, because: `on ${debian} from the image registry` };
  return {
    reference: await bootstrap(docker, cache, log),
    because: 'on a bootstrapped Debian, because no image registry answers',
  };
}

async function bootstrap(docker: string, cache: string, log: (line: string) => void): Promise<string> {
  const folder = join(cache, 'downloads', 'debian-bookworm-minbase');
  const tar = 'rootfs.tar';
  const reference = 'streaming-platform/debian:bookworm-minbase';
  await publish(folder, async (unfinished) => {
    await ensureTools(['mmdebstrap'], { log });
    const leftOut = ['doc', 'man', 'info', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    await runOrFail('bootstrapping Debian', 'mmdebstrap', [
      '--quiet',
      '--variant=minbase',
      '--format=tar',
      ...leftOut,
      '--dpkgopt=path-include=/usr/share/doc/*/copyright',
      'bookworm',
      join(unfinished, tar),
    ]);
  });
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await runOrFail('importing Debian', docker, [
    'import',
    '-c',
    path,
    '-c',
    'CMD ["bash"]',
    join(folder, tar),
    reference,
  ]);
  return reference;
}
