import './seal.test.ts'
