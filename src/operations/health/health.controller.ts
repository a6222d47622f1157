import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/access.decorators.js';
import { JobReporter } from '../../platform/jobs/job.report.js';
import { registry } from '../../platform/metrics/metrics.js';
import { Readiness } from './readiness.js';

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly jobs: JobReporter,
  ) {}

  @Get('health/live')
  @Public()
  live() {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Public()
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const report = await this.readiness.check();
    if (report.status !== 'ok') void reply.code(503).header('retry-after', '2');
    return report;
  }

  @Get('metrics')
  @Public()
  async metrics(@Res({ passthrough: true }) reply: FastifyReply) {
    void reply.type(registry.contentType);
    await this.jobs.refreshGauges();
    return registry.metrics();
  }
}
