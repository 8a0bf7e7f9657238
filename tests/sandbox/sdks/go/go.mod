module pay

go 1.18

require github.com/wechatpay-apiv3/wechatpay-go v0.2.21
