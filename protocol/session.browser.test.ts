import './session.test.ts'
