import { publishedPorts, resolveSettings } from '../stacks/settings';
import { secretNames } from '../toolchain/secrets';
import { openDocker } from './docker';
import { endpoints, pasteLines, showSecret } from './endpoints';

const settings = resolveSettings({ name: 'second', portOffset: 300 });

describe('the endpoints', () => {
  it('name every published port with the offset of the deployment', () => {
    const shown = endpoints(settings).map(({ address }) => Number(/:(\d+)$/.exec(address)?.[1]));
    expect(new Set(shown)).toEqual(new Set(Object.values(publishedPorts).map((port) => port + 300)));
  });

  it('point only at secrets that exist, and never show one', () => {
    for (const { secret } of endpoints(settings)) if (secret !== undefined) expect(secretNames).toContain(secret);
  });

  it('carry a user name wherever there is a password', () => {
    expect(endpoints(settings).filter(({ user, secret }) => (user === undefined) !== (secret === undefined))).toEqual(
      [],
    );
  });

  it('give a command that works again when the environment chose the deployment', () => {
    expect(showSecret('producer-token', {})).toBe('npm run -s secrets -- show producer-token');
    expect(showSecret('producer-token', { STREAMING_NAME: 'second' })).toBe(
      'STREAMING_NAME=second npm run -s secrets -- show producer-token',
    );
  });

  it('can be pasted: the lines name this deployment’s ports and container', () => {
    const text = pasteLines(openDocker(settings), {})
      .map(({ line }) => line)
      .join('\n');
    expect(text).toContain('cqlsh localhost 9342 ');
    expect(text).toContain('kcat -b localhost:9392 ');
    expect(text).toContain('docker exec -e KAFKA_HEAP_OPTS=-Xmx64m second-kafka ');
    expect(text).toContain('http://localhost:8381/subjects/users_created-value/versions/latest');
  });
});
