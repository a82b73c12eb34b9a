import { randomUUID } from 'node:crypto';

import { credentials, loadPackageDefinition, Metadata, status, type Client, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

import type { Message, StreamStart } from './plan';

export interface QueryId {
  readonly id: string;
  readonly run_id: string;
}

/** What Spark reports about the last batch of a query; only what is read here. */
export interface QueryProgress {
  readonly batchId: number;
  readonly timestamp: string;
  readonly numInputRows: number;
  readonly durationMs: Readonly<Record<string, number>>;
  /** Next offset to read, by topic and partition. */
  readonly endOffset: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** No answer in time or no server: the session and the queries in it must be taken for lost. */
export class ConnectLost extends Error {}

interface Response {
  readonly write_stream_operation_start_result?: { readonly query_id: QueryId };
  readonly streaming_query_command_result?: {
    readonly status?: { readonly is_active: boolean; readonly status_message: string };
    readonly recent_progress?: { readonly recent_progress_json?: readonly string[] };
    readonly exception?: { readonly exception_message?: string; readonly stack_trace?: string };
  };
}

interface Call extends AsyncIterable<Response> {
  cancel(): void;
}

interface Stub extends Client {
  ExecutePlan(request: Message, metadata: Metadata, options: { deadline: number }): Call;
  AnalyzePlan(
    request: Message,
    metadata: Metadata,
    options: { deadline: number },
    done: (error: ServiceError | null, answer?: { spark_version?: { version: string } }) => void,
  ): void;
}

/** One session with a Spark Connect server. Every call has a deadline: a server that hangs must not hang its client. */
export class SparkConnect {
  private readonly stub: Stub;
  private readonly metadata = new Metadata();
  private readonly session = { session_id: randomUUID(), user_context: { user_id: 'stream', user_name: 'stream' } };

  constructor(address: string, token: string, protos: string) {
    this.metadata.set('authorization', `Bearer ${token}`);
    const definition = loadSync('spark/connect/base.proto', {
      includeDirs: [protos],
      keepCase: true,
      longs: Number,
      defaults: false,
      oneofs: true,
    });
    const packages = loadPackageDefinition(definition) as unknown as {
      spark: { connect: { SparkConnectService: new (address: string, security: unknown, options: object) => Stub } };
    };
    this.stub = new packages.spark.connect.SparkConnectService(address, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 500,
      // A HTTP proxy in the environment is not meant for this address.
      'grpc.enable_http_proxy': 0,
    });
  }

  /** Spark's version, once the server answers. */
  version(deadlineMs = 5000): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = { ...this.session, spark_version: {} };
      this.stub.AnalyzePlan(request, this.metadata, { deadline: Date.now() + deadlineMs }, (error, answer) =>
        error ? reject(readable(error)) : resolve(answer?.spark_version?.version ?? 'unknown'),
      );
    });
  }

  async start({ input, format, options, trigger }: StreamStart, name: string, deadlineMs = 60_000): Promise<QueryId> {
    const responses = await this.execute(
      {
        write_stream_operation_start: {
          input,
          format,
          options,
          processing_time_interval: trigger,
          output_mode: 'append',
          query_name: name,
        },
      },
      deadlineMs,
    );
    const started = responses.find((one) => one.write_stream_operation_start_result);
    if (!started?.write_stream_operation_start_result) {
      throw new Error(`Spark did not say which query it started for ${name}`);
    }
    return started.write_stream_operation_start_result.query_id;
  }

  async isActive(id: QueryId): Promise<boolean> {
    return (await this.query(id, { status: true }))?.status?.is_active ?? false;
  }

  async lastProgress(id: QueryId): Promise<QueryProgress | undefined> {
    const json = (await this.query(id, { last_progress: true }))?.recent_progress?.recent_progress_json?.[0];
    return json === undefined ? undefined : parseProgress(json);
  }

  /** Why a query ended, or undefined for one that runs or was stopped. */
  async exception(id: QueryId): Promise<string | undefined> {
    return (await this.query(id, { exception: true }))?.exception?.exception_message || undefined;
  }

  async stop(id: QueryId, deadlineMs = 5000): Promise<void> {
    await this.query(id, { stop: true }, deadlineMs);
  }

  close(): void {
    this.stub.close();
  }

  private async query(id: QueryId, command: Message, deadlineMs = 5000) {
    const responses = await this.execute({ streaming_query_command: { query_id: id, ...command } }, deadlineMs);
    return responses.find((one) => one.streaming_query_command_result)?.streaming_query_command_result;
  }

  private async execute(command: Message, deadlineMs: number): Promise<Response[]> {
    const request = { ...this.session, client_type: 'stream', plan: { command } };
    try {
      const responses: Response[] = [];
      for await (const one of this.stub.ExecutePlan(request, this.metadata, { deadline: Date.now() + deadlineMs })) {
        responses.push(one);
      }
      return responses;
    } catch (error) {
      throw readable(error as ServiceError);
    }
  }
}

/** Reads the JSON of Spark's StreamingQueryProgress; a query of ours has one source. */
export function parseProgress(json: string): QueryProgress {
  const { batchId, timestamp, durationMs, sources } = JSON.parse(json) as {
    batchId: number;
    timestamp: string;
    durationMs?: Record<string, number>;
    sources: { numInputRows?: number; endOffset?: QueryProgress['endOffset'] | string | null }[];
  };
  const { numInputRows = 0, endOffset } = sources[0] ?? {};
  const offsets = typeof endOffset === 'string' ? (JSON.parse(endOffset) as QueryProgress['endOffset']) : endOffset;
  return { batchId, timestamp, numInputRows, durationMs: durationMs ?? {}, endOffset: offsets ?? {} };
}

function readable(error: ServiceError): Error {
  const text = error.details || error.message;
  const lost = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED].includes(error.code);
  // What a restarted server says about the queries and sessions of its predecessor.
  const unknown = /is not found|INVALID_HANDLE|SparkContext (was|has been) (shut|stopped)|stopped SparkContext/i.test(
    text,
  );
  return lost || unknown ? new ConnectLost(`${status[error.code]}: ${text}`) : new Error(text);
}
