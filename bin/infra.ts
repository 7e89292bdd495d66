/** The CDK app: `cdk deploy -c env=<dev|staging|prod>`. */
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { synthesize } from '../infra/app.ts';

const app = new App();
synthesize(app, process.cwd(), path.resolve('dist/cloud'));
