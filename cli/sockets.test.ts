import { parseSockets } from './sockets';

const row = (local: string, remote: string, state: string) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000   999        0 97742 1 0 100 0 0 10 0`;
const nobody = '00000000:0000';
const postgres = row('00000000:1538', nobody, '0A');
const resolver = row('0B00007F:8A45', nobody, '0A');

describe('sockets of a container', () => {
  it('do not listen while only the resolver of Docker does', () => {
    expect(parseSockets(resolver)).toEqual({ listening: false, used: false });
  });

  it('listen without being used when only the health check connects', () => {
    expect(parseSockets([postgres, row('0100007F:1538', '0100007F:CA58', '01')].join('\n'))).toEqual({
      listening: true,
      used: false,
    });
  });

  it('are used when another container has connected', () => {
    expect(parseSockets([postgres, row('020012AC:1538', '040012AC:CA58', '01')].join('\n')).used).toBe(true);
  });

  it('are not used by connections that the container itself makes', () => {
    expect(parseSockets([postgres, row('020012AC:CA58', '040012AC:23F0', '01')].join('\n')).used).toBe(false);
  });

  it('are read in the spelling of IPv6, which every JVM uses', () => {
    const all = '00000000000000000000000000000000';
    const mapped = (v4: string) => `0000000000000000FFFF0000${v4}`;
    const listening = row(`${all}:2384`, `${all}:0000`, '0A');
    const check = row(`${mapped('0100007F')}:2384`, `${mapped('0100007F')}:CA58`, '06');
    const client = row(`${mapped('020012AC')}:2384`, `${mapped('040012AC')}:CA58`, '01');
    expect(parseSockets(`${listening}\n${check}`)).toEqual({ listening: true, used: false });
    expect(parseSockets(`${listening}\n${client}`)).toEqual({ listening: true, used: true });
  });
});
