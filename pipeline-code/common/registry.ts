import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';

import { avroSchemaText, usersSubject } from '../contract';

/** A client of the Schema Registry that tries again for about half a minute. */
export function createRegistry(url: string, clientId: string): SchemaRegistry {
  return new SchemaRegistry({
    host: url,
    clientId,
    retry: { initialRetryTimeInSecs: 0.2, maxRetryTimeInSecs: 5, retries: 8 },
  });
}

/** The id under which the contract's schema is registered. Programs look it up; only `migrate` registers. */
export async function usersSchemaId(registry: SchemaRegistry): Promise<number> {
  try {
    return await registry.getRegistryIdBySchema(usersSubject, { type: SchemaType.AVRO, schema: avroSchemaText });
  } catch (error) {
    throw new Error(`the schema of this program is not registered under '${usersSubject}'; run migrate first`, {
      cause: error,
    });
  }
}
