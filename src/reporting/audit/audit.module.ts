import type { Module } from '../../platform/module.ts';
import { AuditResolver, eventNodes } from './audit.resolver.ts';

export const audit: Module = { name: 'audit', resolvers: [AuditResolver], nodes: { evt: eventNodes } };
