import type { Context } from 'koa'

export interface PageError {
  key: string
  fallback?: string
  params?: Record<string, string | number>
  field?: string
}
