import './ratchet.test.ts'
