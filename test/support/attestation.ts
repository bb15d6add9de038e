import { createPrivateKey } from 'node:crypto'

/** Certificate and key of a make of authenticator, made up for the tests; it names an address for revocations. */
export const CERTIFICATE = Buffer.from(
  'MIICIDCCAcagAwIBAgIUBebB3i0M6BSLeb+83oX75NlIPbwwCgYIKoZIzj0EAwIwTzELMAkGA1UEBhMCREUxDTALBgNVBAoM' +
    'BFRlc3QxIjAgBgNVBAsMGUF1dGhlbnRpY2F0b3IgQXR0ZXN0YXRpb24xDTALBgNVBAMMBFRlc3QwIBcNMjYxMTI1MTMzNzEz' +
    'WhgPMjEyNjExMDExMzM3MTNaME8xCzAJBgNVBAYTAkRFMQ0wCwYDVQQKDARUZXN0MSIwIAYDVQQLDBlBdXRoZW50aWNhdG9y' +
    'IEF0dGVzdGF0aW9uMQ0wCwYDVQQDDARUZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELpNRhzk5b7clNZHRZ3YV2AmO' +
    'UWHkJi8YU1hVfy59QQSuNth9pei2wz51r7nBKY+BjnGy6OX1TQ7CujM5juFy2KN+MHwwHQYDVR0OBBYEFLWu/CL+yIjndsVj' +
    'c89UrA3fDc7HMB8GA1UdIwQYMBaAFLWu/CL+yIjndsVjc89UrA3fDc7HMAwGA1UdEwEB/wQCMAAwLAYDVR0fBCUwIzAhoB+g' +
    'HYYbaHR0cDovL2NybC5pbnZhbGlkL3Rlc3QuY3JsMAoGCCqGSM49BAMCA0gAMEUCIF/CVDpkDc0HLMneqgi9vGPF8NkzZnyk' +
    '7YYmAM3SSTCtAiEA38zWH8VLj/+8Um1awrzEJC0DHyVnkGER559zGVqfpUQ=',
  'base64',
)

export const ATTESTATION_KEY = createPrivateKey({
  key: Buffer.from(
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgH64gj69cd7BXvyygX5TpuDau/0So2CHKytf6dsp0wS6hRANC' +
      'AAQuk1GHOTlvtyU1kdFndhXYCY5RYeQmLxhTWFV/Ln1BBK422H2l6LbDPnWvucEpj4GOcbLo5fVNDsK6MzmO4XLY',
    'base64',
  ),
  format: 'der',
  type: 'pkcs8',
})
