import { properties } from '../properties';

export const PORT = 9021;

/** `control-center.properties` for Confluent's own Control Center; our console takes its three settings by environment. */
export function controlCenterProperties(kafka: string, registry: string, replicationFactor: number): string {
  return properties({
    'bootstrap.servers': kafka,
    'confluent.controlcenter.schema.registry.url': registry,
    'confluent.controlcenter.rest.listeners': `http://0.0.0.0:${PORT}`,
    'confluent.controlcenter.data.dir': '/tmp/control-center',
    'confluent.controlcenter.internal.topics.replication': replicationFactor,
    'confluent.controlcenter.internal.topics.partitions': 1,
    'confluent.controlcenter.command.topic.replication': replicationFactor,
    'confluent.metrics.topic.replication': replicationFactor,
  });
}
