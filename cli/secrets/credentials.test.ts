import { createHmac } from 'node:crypto';
import { credentials, isSignedBy, resigned, scramVerifier } from './credentials';
import { followsFrom, secretNames } from '../../toolchain/secrets';

test('every secret that is made can be rotated', () => {
  expect(Object.keys(credentials).sort()).toEqual(secretNames.filter((name) => followsFrom(name) === undefined));
});

test('Airflow encrypts anew before its database asks for another password, or it could not log in for that', () => {
  const order = Object.keys(credentials);
  expect(order.indexOf('airflow-fernet-key')).toBeLessThan(order.indexOf('postgres-password'));
});

test('Postgres is sent what it stores and never the password, which a failed statement would put into its log', () => {
  // The example of RFC 7677.
  expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$' +
      'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'));
});

test('a token under another signature is the same token otherwise', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'HS512', typ: 'JWT' })}.${part({ sub: '1' })}`;
  const token = `${unsigned}.${createHmac('sha512', 'old').update(unsigned).digest('base64url')}`;
  expect(resigned(token, 'old')).toBe(token);
  expect(resigned(token, 'new').startsWith(`${unsigned}.`)).toBe(true);
  expect(resigned(token, 'new')).not.toBe(token);
});

test('a session is told from one that was signed with another key', () => {
  const signed = (key: string) => {
    const purpose = createHmac('sha1', key).update('flask-session').digest();
    return `id.with.dots.${createHmac('sha1', purpose).update('id.with.dots').digest('base64url')}`;
  };
  expect(isSignedBy(signed('new'), 'new')).toBe(true);
  expect(isSignedBy(signed('old'), 'new')).toBe(false);
});
