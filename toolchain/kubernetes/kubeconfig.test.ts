import { kubeconfig } from './kubeconfig';

test('a kubeconfig names one cluster and no other, or a command could reach the wrong one', () => {
  const text = kubeconfig('dev', { server: 'https://127.0.0.1:16443', certificateAuthority: 'PEM', token: 't' });
  expect(JSON.parse(text)).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev' } }],
    clusters: [{ name: 'dev', cluster: { server: 'https://127.0.0.1:16443', 'certificate-authority-data': 'UEVN' } }],
    users: [{ name: 'dev', user: { token: 't' } }],
  });
});
