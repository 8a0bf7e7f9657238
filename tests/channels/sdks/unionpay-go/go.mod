module pay

go 1.18

require github.com/smartwalle/unionpay v0.0.7
