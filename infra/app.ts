import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { loadEnvironment } from './config.ts';
import { ConfigProblem } from './problem.ts';
import { GatewayStack } from './stack.ts';

/** The stack of the environment that the context names. What is wrong with it is one line, and no stack. */
export function synthesize(app: App, folder: string, bundles: string): void {
  const given: unknown = app.node.tryGetContext('env');
  try {
    new GatewayStack(app, {
      environment: loadEnvironment(typeof given === 'string' ? given : undefined, folder),
      bundles,
    });
  } catch (error) {
    if (!(error instanceof ConfigProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
