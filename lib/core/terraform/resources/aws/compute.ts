import {
  alike,
  becomes,
  blocked,
  changed,
  effect,
  type Fields,
  fieldsOf,
  isPublic,
  on,
  otherwise,
  plain,
  type RuleTable,
  rule,
  scaledDown,
  switchState,
  turnedOff,
  turnedOn,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

/** A control plane whose public endpoint is reachable from everywhere. */
const publicEndpoint: Watch = (view) => {
  const open = (fields: Fields): boolean => {
    const block = fieldsOf(Array.isArray(fields.vpc_config) ? fields.vpc_config[0] : fields.vpc_config);
    const sources = block.public_access_cidrs;
    const everywhere = !Array.isArray(sources) || sources.length === 0 || sources.some(isPublic);
    return switchState(block.endpoint_public_access) === true && everywhere;
  };
  if (view.action === 'create' || open(view.before) || !open(view.after)) return [];
  return effect('expose_data_publicly', {}, 'the control plane answers to everybody', [
    { path: 'after.vpc_config.public_access_cidrs', value: '0.0.0.0/0' },
  ]);
};

/** Clusters, services, functions and what scales them. */
export const AWS_COMPUTE: RuleTable = {
  aws_eks_cluster: rule(
    ['cluster_delete'],
    [
      blocked(on('deletion_protection')),
      otherwise(4, 'objects, in-cluster secrets and volume bindings have no backup; disks are orphaned', {
        advice: 'back up the cluster objects (for example with Velero) first',
      }),
    ],
    publicEndpoint,
    turnedOff('deletion_protection', 'protection_disabled'),
    lostLogTypes,
  ),
  aws_eks_node_group: rule(
    [],
    [otherwise(2, 'nodes are rebuilt from configuration; pods move or wait')],
    scaledDown('scaling_config.desired_size'),
    scaledDown('scaling_config.max_size'),
  ),
  ...plain(1, 'installed again from configuration', [
    'aws_eks_addon',
    'aws_eks_fargate_profile',
    'aws_eks_identity_provider_config',
  ]),
  aws_ecs_service: rule(
    ['production_scale_down'],
    [otherwise(2, 'the service stops; recreated from configuration')],
    scaledDown('desired_count'),
    turnedOn('network_configuration.assign_public_ip', 'expose_data_publicly'),
  ),
  aws_ecs_cluster: rule([], [otherwise(2, 'refused while services run; rebuilt from configuration')]),
  aws_ecs_task_definition: rule([], [otherwise(1, 'the definition is in configuration; old revisions stay')]),
  ...plain(1, 'recreated from configuration', [
    'aws_ecs_capacity_provider',
    'aws_ecs_cluster_capacity_providers',
    'aws_ecs_task_set',
  ]),
  aws_autoscaling_group: rule(
    ['production_scale_down'],
    [otherwise(2, 'its instances are terminated; rebuilt from the launch template')],
    scaledDown('desired_capacity'),
    scaledDown('max_size'),
    scaledDown('min_size'),
    turnedOff('protect_from_scale_in', 'protection_disabled'),
    turnedOn('force_delete', 'protection_disabled'),
  ),
  ...plain(
    1,
    'recreated from configuration; until then nothing scales',
    [
      'aws_appautoscaling_target',
      'aws_appautoscaling_policy',
      'aws_appautoscaling_scheduled_action',
      'aws_autoscaling_policy',
      'aws_autoscaling_schedule',
      'aws_autoscaling_attachment',
      'aws_autoscaling_lifecycle_hook',
      'aws_autoscaling_notification',
    ],
    [],
    scaledDown('min_capacity'),
    scaledDown('max_capacity'),
  ),
  ...alike(
    ['aws_lambda_function', 'aws_lambda_alias', 'aws_lambda_layer_version'],
    rule([], [otherwise(2, 'code comes from its source; published versions are lost')], zeroConcurrency),
  ),
  aws_lambda_function_url: rule(
    [],
    [otherwise(2, 'a new function gets a new URL')],
    becomes('authorization_type', ['NONE'], 'expose_data_publicly', { why: 'anybody may call the function' }),
  ),
  ...plain(
    1,
    'recreated from configuration',
    [
      'aws_lambda_event_source_mapping',
      'aws_lambda_provisioned_concurrency_config',
      'aws_lambda_function_event_invoke_config',
      'aws_lambda_layer_version_permission',
      'aws_lambda_code_signing_config',
    ],
    [],
    turnedOff('enabled', 'production_scale_down'),
  ),
  ...plain(
    2,
    'the definition is in configuration; history and running work are lost',
    [
      'aws_sfn_state_machine',
      'aws_sfn_activity',
      'aws_batch_compute_environment',
      'aws_batch_job_queue',
      'aws_batch_job_definition',
      'aws_codebuild_project',
      'aws_codepipeline',
      'aws_codedeploy_app',
      'aws_codedeploy_deployment_group',
      'aws_codeartifact_domain',
      'aws_apprunner_service',
      'aws_elastic_beanstalk_application',
      'aws_amplify_app',
      'aws_amplify_branch',
      'aws_codestarconnections_connection',
    ],
    [],
    scaledDown('compute_resources.max_vcpus'),
  ),
  aws_codecommit_repository: rule(
    ['storage_delete'],
    [otherwise(4, 'the repository and its history are deleted')],
  ),
  aws_codeartifact_repository: rule(['storage_delete'], [otherwise(4, 'published packages are deleted')]),
  ...plain(1, 'recreated from configuration', [
    'aws_imagebuilder_component',
    'aws_imagebuilder_image_pipeline',
    'aws_imagebuilder_image_recipe',
    'aws_imagebuilder_infrastructure_configuration',
    'aws_imagebuilder_distribution_configuration',
    'aws_codebuild_webhook',
    'aws_cloud9_environment_membership',
  ]),
  aws_imagebuilder_image: rule(['backup_delete'], [otherwise(2, 'built again from the recipe')]),
  ...plain(
    2,
    'metadata only; the data lies elsewhere',
    [
      'aws_glue_catalog_database',
      'aws_glue_catalog_table',
      'aws_glue_crawler',
      'aws_glue_job',
      'aws_glue_trigger',
      'aws_glue_workflow',
      'aws_glue_connection',
      'aws_glue_partition',
      'aws_athena_database',
      'aws_athena_named_query',
      'aws_athena_data_catalog',
      'aws_lakeformation_resource',
      'aws_lakeformation_data_lake_settings',
      'aws_kinesis_analytics_application',
      'aws_kinesisanalyticsv2_application',
      'aws_dms_replication_instance',
      'aws_dms_replication_task',
      'aws_dms_endpoint',
      'aws_dms_replication_subnet_group',
      'aws_sagemaker_model',
      'aws_sagemaker_endpoint',
      'aws_sagemaker_endpoint_configuration',
      'aws_transfer_server',
      'aws_transfer_user',
      'aws_datasync_task',
      'aws_datasync_location_s3',
      'aws_datasync_location_efs',
      'aws_datasync_agent',
      'aws_storagegateway_gateway',
      'aws_storagegateway_nfs_file_share',
      'aws_quicksight_data_source',
    ],
    [],
    changed('security_policy_name', 'remove_encryption'),
  ),
  aws_athena_workgroup: rule(
    [],
    [
      when(on('force_destroy'), 2, 'force_destroy loses the query history'),
      otherwise(2, 'refused while it holds queries'),
    ],
  ),
  ...alike(
    [
      'aws_workspaces_workspace',
      'aws_directory_service_directory',
      'aws_sagemaker_notebook_instance',
      'aws_storagegateway_cached_iscsi_volume',
      'aws_storagegateway_stored_iscsi_volume',
      'aws_sagemaker_feature_group',
      'aws_workspaces_directory',
      'aws_sagemaker_user_profile',
    ],
    rule(['storage_delete'], [otherwise(4, 'what users keep on it is deleted and not backed up')]),
  ),
  aws_emr_cluster: rule(
    ['storage_delete'],
    [
      blocked(on('termination_protection'), 'termination protection'),
      otherwise(4, 'HDFS on the cluster is lost; only what was written to S3 stays'),
    ],
    turnedOff('termination_protection', 'protection_disabled'),
  ),
  aws_emr_studio: rule([], [otherwise(2, 'notebooks stay in S3')]),
};

function lostLogTypes(view: View): ReturnType<Watch> {
  const types = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const lost = types(view.before.enabled_cluster_log_types).filter(
    (kind) => !types(view.after.enabled_cluster_log_types).includes(kind),
  );
  if (view.action === 'create' || lost.length === 0) return [];
  return effect('disable_audit_logging', {}, `control-plane logs off: ${lost.join(', ')}`, [
    { path: 'enabled_cluster_log_types', value: lost },
  ]);
}

function zeroConcurrency(view: View): ReturnType<Watch> {
  const key = 'reserved_concurrent_executions';
  if (view.action === 'create' || view.before[key] === 0 || view.after[key] !== 0) return [];
  return effect('production_scale_down', {}, 'the function may not run any more (reserved concurrency 0)', [
    { path: `after.${key}`, value: 0 },
  ]);
}
