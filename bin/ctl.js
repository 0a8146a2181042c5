#!/usr/bin/env node
import {boot} from '../dist/boot.js'

boot('ctl')
