import { readConfig } from './config';

const environment = {
  KAFKA_BOOTSTRAP_SERVERS: 'kafka:29092, other:29092',
  SCHEMA_REGISTRY_URL: 'http://registry:8081/',
};

test('the environment of the deployment is understood', () => {
  expect(readConfig(environment)).toEqual({
    port: 9021,
    logLevel: 'info',
    kafka: ['kafka:29092', 'other:29092'],
    registry: 'http://registry:8081',
  });
});

test('a missing or wrong variable is named at the start', () => {
  expect(() => readConfig({ PORT: 'x' })).toThrow(
    /PORT.*KAFKA_BOOTSTRAP_SERVERS is not set.*SCHEMA_REGISTRY_URL is not set|KAFKA_BOOTSTRAP_SERVERS is not set.*SCHEMA_REGISTRY_URL is not set.*PORT/,
  );
});
