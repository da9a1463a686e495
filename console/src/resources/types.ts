import type { z } from 'zod';
import type { clusterUserOut, clusterUserWithPasswordOut } from '../../../src/http/manage/schema/clusterUsers.ts';
import type { endpointOut } from '../../../src/http/manage/schema/endpoints.ts';
import type { serviceOut } from '../../../src/http/manage/schema/services.ts';

export type Endpoint = z.output<typeof endpointOut>;
export type Service = z.output<typeof serviceOut>;
export type ClusterUser = z.output<typeof clusterUserOut>;
export type UserWithPassword = z.output<typeof clusterUserWithPasswordOut>;
