import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import type { Logger } from '../common/logger';
import type { Config } from './config';

export const CONNECT_PORT = 15002;
export const UI_PORT = 4040;

/** Everything that the driver is told, in the form of spark-defaults.conf. Holds no secret: the UI shows all of it. */
export function sparkProperties(config: Config): Readonly<Record<string, string>> {
  const { spark, workDir, secrets } = config;
  // Small heaps on few cores: the serial collector needs the least beside the heap, and the quick compiler alone is
  // running 20 s of CPU time earlier than both. A container that comes back has another address, and Java would remember
  // the old one for 30 s.
  const java =
    '-XX:+UseSerialGC -XX:ReservedCodeCacheSize=128m -Xss512k -XX:TieredStopAtLevel=1 -Dsun.net.inetaddr.ttl=5 -Duser.timezone=UTC';
  return {
    'spark.app.name': 'stream',
    'spark.master': spark.master,
    'spark.submit.deployMode': 'client',
    'spark.driver.memory': `${spark.driverMemoryMiB}m`,
    'spark.driver.extraJavaOptions': `${java} -Dlog4j2.configurationFile=file:${workDir}/log4j2.properties`,
    'spark.driver.host': spark.driverHost,
    'spark.driver.bindAddress': '0.0.0.0',
    'spark.driver.port': '7080',
    'spark.driver.blockManager.port': '7081',
    'spark.blockManager.port': '7079',
    'spark.ui.port': String(UI_PORT),
    'spark.executor.memory': `${spark.executorMemoryMiB}m`,
    'spark.executor.cores': String(spark.executorCores),
    'spark.cores.max': String(spark.executorCores * spark.executors),
    'spark.executor.extraJavaOptions': java,
    'spark.executor.logs.rolling.strategy': 'size',
    'spark.executor.logs.rolling.maxSize': '1048576',
    'spark.executor.logs.rolling.maxRetainedFiles': '3',
    'spark.connect.grpc.binding.port': String(CONNECT_PORT),
    'spark.connect.grpc.interceptor.classes': 'io.streamingplatform.spark.TokenInterceptor',
    'spark.sql.catalogImplementation': 'in-memory',
    'spark.sql.warehouse.dir': `${workDir}/warehouse`,
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.shuffle.partitions': '1',
    'spark.sql.streaming.numRecentProgressUpdates': '2',
    'spark.sql.ui.retainedExecutions': '50',
    'spark.ui.killEnabled': 'false',
    'spark.ui.retainedJobs': '100',
    'spark.ui.retainedStages': '100',
    'spark.ui.retainedTasks': '1000',
    'spark.locality.wait': '0',
    // Spark's default forks `readlink` and `chmod` for every checkpoint file: 80 ms per batch.
    'spark.sql.streaming.checkpointFileManagerClass':
      'org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager',
    'spark.hadoop.fs.file.impl': 'com.globalmentor.apache.hadoop.fs.BareLocalFileSystem',
    // Address, user and password of Cassandra: a file that driver and worker mount, so that no option, plan or page shows it.
    'spark.cassandra.connection.config.profile.path': `file://${secrets}/cassandra-stream-profile`,
  };
}

// Only warnings, without the one that Spark writes for each batch longer than its trigger.
const LOG4J = `rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n%throwable{6}
logger.trigger.name = org.apache.spark.sql.execution.streaming.ProcessingTimeExecutor
logger.trigger.level = error
logger.kafkaconfig.name = org.apache.kafka.clients
logger.kafkaconfig.level = error
logger.resolve.name = org.apache.spark.sql.execution.streaming.ResolveWriteToStream
logger.resolve.level = error
logger.datastax.name = com.datastax
logger.datastax.level = error
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
`;

/** One run of the Spark Connect server, which is the driver, as a child process. */
export class ConnectServer {
  /** Random per start; the server refuses every call without it. */
  readonly token = randomBytes(32).toString('hex');
  private readonly child: ChildProcess;
  private readonly gone: Promise<string>;
  private ending?: string;

  constructor(config: Config, log: Logger) {
    const { workDir } = config;
    // What a killed predecessor left.
    rmSync(workDir, { recursive: true, force: true });
    mkdirSync(`${workDir}/local`, { recursive: true, mode: 0o700 });
    const tokenFile = `${workDir}/token`;
    writeFileSync(tokenFile, this.token, { mode: 0o600 });
    writeFileSync(`${workDir}/log4j2.properties`, LOG4J);
    const properties = Object.entries(sparkProperties(config)).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(`${workDir}/spark.properties`, properties.join(''));
    this.child = spawn(
      'spark-submit',
      [
        '--properties-file',
        `${workDir}/spark.properties`,
        '--class',
        'org.apache.spark.sql.connect.service.SparkConnectServer',
      ],
      {
        // Spark makes folders for artifacts where it is started.
        cwd: workDir,
        env: {
          ...process.env,
          SPARK_CONNECT_TOKEN_FILE: tokenFile,
          SPARK_LOCAL_DIRS: `${workDir}/local`,
          MALLOC_ARENA_MAX: '2',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Its own process group, so that a kill reaches the JVM even while the start script is still in front of it.
        detached: true,
      },
    );
    this.gone = new Promise((resolve) => {
      const end = (how: string) => {
        this.ending = how;
        resolve(how);
      };
      this.child.once('error', (error) => end(`could not be started: ${error.message}`));
      this.child.once('exit', (code, signal) => end(signal ? `was killed by ${signal}` : `exited with code ${code}`));
    });
    const forward = limited((line) => log.warn({ from: 'spark' }, line.trim()));
    for (const output of [this.child.stdout, this.child.stderr]) {
      if (output) {
        createInterface({ input: output }).on('line', forward);
      }
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** How the server ended, or undefined while it runs. */
  get ended(): string | undefined {
    return this.ending;
  }

  /** Ends the server for certain: politely first, and with a kill when that takes longer than the grace. */
  async stop(graceMs: number): Promise<void> {
    if (this.ending === undefined && graceMs > 0) {
      this.signal('SIGTERM');
      await Promise.race([this.gone, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    }
    if (this.ending === undefined) {
      this.signal('SIGKILL');
      await this.gone;
    }
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.child.pid ?? Number.NaN), signal);
    } catch {
      // Already gone.
    }
  }
}

const LINES = 60;
const WINDOW_MS = 10_000;

/** A failing query repeats its stack trace for every attempt of every task: so many lines per window, then a count. */
export function limited(write: (line: string) => void, now: () => number = Date.now): (line: string) => void {
  let windowEnd = 0;
  let lines = 0;
  return (line) => {
    // Frames: Spark puts the whole trace into the message of each attempt. What was thrown stays.
    if (/^\s*(at |\.\.\. \d+ more|$)/.test(line)) {
      return;
    }
    if (now() >= windowEnd) {
      if (lines > LINES) {
        write(`... ${lines - LINES} more lines left out`);
      }
      windowEnd = now() + WINDOW_MS;
      lines = 0;
    }
    lines += 1;
    if (lines <= LINES) {
      write(line);
    }
  };
}
