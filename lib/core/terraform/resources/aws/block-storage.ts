import {
  alike,
  all,
  becomes,
  blocked,
  childHas,
  is,
  lowered,
  matches,
  not,
  offExplicitly,
  on,
  otherwise,
  plain,
  type RuleTable,
  rule,
  scaledDown,
  set,
  turnedOff,
  turnedOn,
  when,
} from '../vocabulary.ts';

const NO_FINAL_BACKUP = 'set skip_final_backup = false and apply that before deleting';

/** EBS, EC2 instances, EFS, FSx, ECR and Glacier. */
export const AWS_BLOCK_STORAGE: RuleTable = {
  aws_ebs_volume: rule(
    ['storage_delete'],
    [
      when(on('final_snapshot'), 3, 'a final snapshot is taken when the volume is deleted'),
      otherwise(4, 'no final snapshot: the blocks are gone', {
        advice: 'set final_snapshot = true and apply it first',
      }),
    ],
    turnedOff('final_snapshot', 'protection_disabled'),
  ),
  ...alike(
    [
      'aws_ebs_snapshot',
      'aws_ebs_snapshot_copy',
      'aws_ebs_snapshot_import',
      'aws_ami',
      'aws_ami_copy',
      'aws_ami_from_instance',
    ],
    rule(
      ['backup_delete'],
      [otherwise(4, 'deleted for good, unless a Recycle Bin rule keeps it, which the plan does not show')],
    ),
  ),
  ...plain(
    1,
    'a share of an image or snapshot, recreated from configuration',
    ['aws_ami_launch_permission', 'aws_snapshot_create_volume_permission'],
    [],
    becomes('group', ['all'], 'expose_data_publicly', { why: 'everybody may use the image' }),
  ),
  ...alike(
    ['aws_instance', 'aws_spot_instance_request'],
    rule(
      [],
      [
        blocked(on('disable_api_termination'), 'termination protection'),
        when(
          on('ebs_block_device.delete_on_termination'),
          4,
          'a data volume is deleted together with the instance',
          {
            classes: ['storage_delete'],
            advice: 'snapshot the volume, or set delete_on_termination = false first',
          },
        ),
        when(
          set('ephemeral_block_device'),
          2,
          'instance-store disks are lost; the instance is rebuilt from its image',
        ),
        when(set('ebs_block_device'), 2, 'its data volumes survive termination'),
        otherwise(2, 'only the root disk goes with it; rebuild from the image'),
      ],
      turnedOff('disable_api_termination', 'protection_disabled'),
      turnedOff('disable_api_stop', 'protection_disabled'),
      turnedOn('ebs_block_device.delete_on_termination', 'protection_disabled'),
    ),
  ),
  aws_volume_attachment: rule([], [otherwise(1, 'the volume stays; it is only detached')]),
  aws_efs_file_system: rule(
    ['storage_delete'],
    [
      when(
        childHas('aws_efs_backup_policy', 'file_system_id', is('backup_policy.status', 'ENABLED')),
        3,
        'automatic backups were on: recovery points stay in their vault',
      ),
      when(
        childHas('aws_efs_replication_configuration', 'source_file_system_id', set('destination')),
        3,
        'a replica file system stays',
      ),
      otherwise(4, 'no backup policy or replication in evidence: files are gone', {
        advice: 'take an AWS Backup recovery point first',
      }),
    ],
    turnedOff('protection.replication_overwrite', 'protection_disabled'),
  ),
  aws_efs_backup_policy: rule(
    ['backup_retention_reduction'],
    [otherwise(1, 'no more automatic backups; existing recovery points stay')],
    turnedOff('backup_policy.status', 'backup_retention_reduction'),
  ),
  aws_efs_replication_configuration: rule(
    ['backup_retention_reduction'],
    [otherwise(1, 'replication stops; the copy stays as it is')],
  ),
  ...plain(1, 'recreated from configuration', ['aws_efs_mount_target', 'aws_efs_access_point']),
  aws_efs_file_system_policy: rule(
    ['iam_policy_change'],
    [otherwise(1, 'the policy text is in configuration')],
  ),
  ...alike(
    [
      'aws_fsx_windows_file_system',
      'aws_fsx_openzfs_file_system',
      'aws_fsx_ontap_file_system',
      'aws_fsx_ontap_volume',
      'aws_fsx_openzfs_volume',
    ],
    rule(
      ['storage_delete'],
      [
        when(
          on('skip_final_backup'),
          4,
          'the final backup is skipped, and automatic backups go with the file system',
          {
            advice: NO_FINAL_BACKUP,
          },
        ),
        otherwise(3, 'a final backup is taken (skip_final_backup is off)'),
      ],
      lowered('automatic_backup_retention_days', 'backup_retention_reduction', {
        tier: 4,
        why: 'automatic backups older than the new period go',
        zeroWhy: 'automatic backups are turned off and the existing ones go',
      }),
      turnedOn('skip_final_backup', 'protection_disabled'),
    ),
  ),
  aws_fsx_ontap_storage_virtual_machine: rule(
    ['storage_delete'],
    [otherwise(2, 'refused while it holds volumes')],
  ),
  aws_fsx_lustre_file_system: rule(
    ['storage_delete'],
    [
      when(
        all(offExplicitly('skip_final_backup'), not(matches('deployment_type', /^SCRATCH/i))),
        3,
        'a final backup is taken',
      ),
      otherwise(4, 'the final backup is skipped by default, and scratch file systems have none', {
        advice: NO_FINAL_BACKUP,
      }),
    ],
    lowered('automatic_backup_retention_days', 'backup_retention_reduction', { tier: 4 }),
    turnedOn('skip_final_backup', 'protection_disabled'),
  ),
  ...alike(
    ['aws_fsx_backup', 'aws_fsx_openzfs_snapshot'],
    rule(['backup_delete'], [otherwise(4, 'a backup cannot be undeleted')]),
  ),
  aws_ecr_repository: rule(
    ['storage_delete'],
    [
      when(on('force_delete'), 4, 'force_delete removes every image'),
      otherwise(2, 'force_delete is off: refused while it holds images'),
    ],
    turnedOn('force_delete', 'protection_disabled'),
  ),
  aws_ecrpublic_repository: rule(
    ['storage_delete'],
    [
      when(on('force_destroy'), 4, 'force_destroy removes every image'),
      otherwise(2, 'force_destroy is off: refused while it holds images'),
    ],
    turnedOn('force_destroy', 'protection_disabled'),
  ),
  aws_ecr_repository_policy: rule(
    ['iam_policy_change'],
    [otherwise(1, 'the policy text is in configuration')],
  ),
  ...alike(
    ['aws_glacier_vault', 'aws_glacier_vault_lock'],
    rule(
      ['storage_delete'],
      [
        blocked(on('complete_lock'), 'a completed vault lock'),
        otherwise(2, 'refused unless the vault is empty'),
      ],
    ),
  ),
  ...plain(
    1,
    'launch settings, recreated from configuration',
    [
      'aws_launch_template',
      'aws_launch_configuration',
      'aws_placement_group',
      'aws_ec2_capacity_reservation',
      'aws_eip_association',
      'aws_network_interface_attachment',
      'aws_network_interface_sg_attachment',
      'aws_ebs_encryption_by_default',
      'aws_ebs_default_kms_key',
      'aws_ebs_snapshot_block_public_access',
    ],
    [],
    turnedOff('enabled', 'remove_encryption'),
  ),
  aws_key_pair: rule([], [otherwise(2, 'the public key is in configuration; instances keep theirs')]),
  aws_ec2_fleet: rule(
    [],
    [otherwise(2, 'its instances are stopped or left; rebuilt from the launch template')],
    scaledDown('target_capacity_specification.total_target_capacity'),
  ),
};
