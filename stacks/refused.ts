import { type App, LocalBackend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { DeclarationError } from '../constructs/errors';

/** Takes the place of a stack whose platform cannot do what the settings ask for: its plan fails with the reason. */
class RefusedStack extends TerraformStack {
  constructor(scope: Construct, id: string, state: string, because: string) {
    super(scope, id);
    // Of what may be deployed from earlier settings: it can still be destroyed.
    new LocalBackend(this, { path: state });
    this.addOverride('locals.refused', because);
    // Terraform wants a condition that depends on something.
    const precondition = [{ condition: '${local.refused == ""}', error_message: '${local.refused}' }];
    this.addOverride('resource.terraform_data.refused', { lifecycle: { precondition } });
  }
}

/** Declares a stack, or the one that refuses in its place: what one platform cannot do keeps nobody from another one. */
export function declareOrRefuse(app: App, id: string, state: string, declare: () => TerraformStack): TerraformStack {
  try {
    return declare();
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    app.node.tryRemoveChild(id);
    return new RefusedStack(app, id, state, error.message);
  }
}
