import { CfnEmailIdentity } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';

/** The address that notices come from. SES asks it for confirmation once; until then nothing can be sent. */
export class Mail extends Construct {
  constructor(scope: Construct, id: string, from: string) {
    super(scope, id);
    new CfnEmailIdentity(this, 'from', { emailIdentity: from });
  }
}
