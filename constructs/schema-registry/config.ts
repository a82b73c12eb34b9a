import { properties } from '../properties';

export const PORT = 8081;

/** `schema-registry.properties`, in the keys of Confluent's registry; ours reads the same ones. */
export function schemaRegistryProperties(kafka: {
  address: string;
  protocol: string;
  replicationFactor: number;
}): string {
  return properties({
    listeners: `http://0.0.0.0:${PORT}`,
    'host.name': 'schema-registry',
    'kafkastore.bootstrap.servers': kafka.address
      .split(',')
      .map((broker) => `${kafka.protocol}://${broker}`)
      .join(','),
    'kafkastore.topic': '_schemas',
    'kafkastore.topic.replication.factor': kafka.replicationFactor,
    // The level of new subjects; `migrate` sets it for its own subject as well.
    'schema.compatibility.level': 'backward',
  });
}
