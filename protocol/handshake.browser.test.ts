import './handshake.test.ts'
