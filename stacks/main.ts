import { App } from 'cdktf';
import { decisions } from '../toolchain/terraform-shim/decisions.cjs';
import { KubernetesStack, PROVIDER } from './k8s';
import { LocalStack } from './local';
import { stateOf } from './pipeline-stack';
import { declareOrRefuse } from './refused';
import { loadSettings, SettingsError } from './settings';

try {
  const settings = loadSettings();
  const app = new App({ context: { [PROVIDER]: decisions().kubernetesProvider } });
  // One of each is all that the local engine runs.
  declareOrRefuse(app, 'local', stateOf(settings, 'local'), () => new LocalStack(app, 'local', settings));
  new KubernetesStack(app, 'k8s', settings);
  app.synth();
} catch (error) {
  // A wrong setting is the user's to mend: the message says how, a stack trace of ours would bury it.
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
