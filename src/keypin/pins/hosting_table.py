"""The rows behind `keypin.pins.hosting`: services, the names they give out, their own issuers.

The suffixes are those that the services document as their customers' default hosts, as also
listed by their owners in the private section of the Public Suffix List where they are there. The
issuers are CAs that issue for that service alone. Only facts that hold by name; nothing guessed.
"""

# name, kind, suffixes, fragments of issuers that serve it alone
SERVICES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    # docs.aws.amazon.com/AmazonCloudFront: distribution domain names.
    ("Amazon CloudFront", "cdn", ("cloudfront.net",), ()),
    # techdocs.akamai.com: edge hostnames.
    (
        "Akamai",
        "cdn",
        (
            "akamaiedge.net",
            "akamaihd.net",
            "akamai.net",
            "akamaized.net",
            "edgekey.net",
            "edgesuite.net",
        ),
        (),
    ),
    # docs.fastly.com: TLS hosts; Certainly is Fastly's own CA and issues only for its customers.
    ("Fastly", "cdn", ("fastly.net", "fastlylb.net", "fastly-edge.com"), ("O=Certainly,",)),
    # developers.cloudflare.com/ssl: universal certificates; CAs that carry Cloudflare's name.
    (
        "Cloudflare",
        "cdn",
        ("cloudflaressl.com", "cdn.cloudflare.net", "workers.dev", "pages.dev"),
        ("CN=Cloudflare ", "O=CloudFlare", "O=Cloudflare"),
    ),
    # learn.microsoft.com/azure: default host names of Front Door, CDN, App Service, Storage.
    (
        "Microsoft Azure",
        "cdn",
        ("azureedge.net", "azurefd.net", "azurewebsites.net", "trafficmanager.net", "windows.net"),
        ("CN=Microsoft Azure ",),
    ),
    # docs.imperva.com: the shared certificate is issued to imperva.com or incapsula.com.
    ("Imperva", "cdn", ("incapdns.net", "incapsula.com", "imperva.com"), ()),
    # docs.edg.io, support.bunny.net, www.keycdn.com, docs.stackpath.com: zone names.
    ("Edgio", "cdn", ("edgio.link", "edgecastcdn.net", "systemcdn.net", "llnwd.net"), ()),
    ("bunny.net", "cdn", ("b-cdn.net", "bunnycdn.com"), ()),
    ("KeyCDN", "cdn", ("kxcdn.com",), ()),
    ("Gcore", "cdn", ("gcdn.co", "gcorelabs.net"), ()),
    ("Sucuri", "cdn", ("sucuri.net",), ()),
    # help.alibabacloud.com and cloud.tencent.com: CNAMEs of their CDNs.
    ("Alibaba Cloud CDN", "cdn", ("alicdn.com", "kunlunca.com", "alikunlun.com"), ()),
    ("Tencent Cloud CDN", "cdn", ("cdn.dnsv1.com", "tdnsv5.com"), ()),
    # jsdelivr.com, cdnjs.com, unpkg.com: public CDNs for packages.
    ("jsDelivr", "cdn", ("jsdelivr.net",), ()),
    ("cdnjs", "cdn", ("cdnjs.cloudflare.com",), ()),
    ("unpkg", "cdn", ("unpkg.com",), ()),
    # docs.aws.amazon.com: default host names of load balancers, API Gateway, S3, Amplify.
    (
        "Amazon Web Services",
        "platform",
        ("amazonaws.com", "awsapps.com", "elasticbeanstalk.com", "amplifyapp.com", "on.aws"),
        (),
    ),
    # cloud.google.com: Cloud Run, App Engine, Functions, Firebase.
    (
        "Google Cloud",
        "platform",
        (
            "run.app",
            "appspot.com",
            "cloudfunctions.net",
            "web.app",
            "firebaseapp.com",
            "firebaseio.com",
        ),
        (),
    ),
    # devcenter.heroku.com, vercel.com/docs, docs.netlify.com, render.com/docs, fly.io/docs.
    ("Heroku", "platform", ("herokuapp.com", "herokudns.com"), ()),
    ("Vercel", "platform", ("vercel.app", "vercel-dns.com", "now.sh"), ()),
    ("Netlify", "platform", ("netlify.app", "netlify.com"), ()),
    ("Render", "platform", ("onrender.com",), ()),
    ("Fly.io", "platform", ("fly.dev",), ()),
    ("Railway", "platform", ("up.railway.app",), ()),
    ("Supabase", "platform", ("supabase.co",), ()),
    ("DigitalOcean", "platform", ("ondigitalocean.app", "digitaloceanspaces.com"), ()),
    ("GitHub Pages", "platform", ("github.io", "githubusercontent.com"), ()),
    ("GitLab Pages", "platform", ("gitlab.io",), ()),
    ("Shopify", "platform", ("myshopify.com",), ()),
    ("Squarespace", "platform", ("squarespace.com",), ()),
    ("Wix", "platform", ("wixsite.com",), ()),
    ("WordPress.com", "platform", ("wordpress.com", "wpengine.com"), ()),
    ("Auth0", "platform", ("auth0.com",), ()),
    ("Okta", "platform", ("okta.com", "oktapreview.com"), ()),
    ("Salesforce", "platform", ("my.salesforce.com", "force.com"), ()),
    # Interfaces that applications call, by their vendors' reference pages.
    ("Stripe", "third party", ("stripe.com", "stripe.network"), ()),
    ("PayPal", "third party", ("paypal.com", "braintreegateway.com"), ()),
    ("Adyen", "third party", ("adyen.com", "adyenpayments.com"), ()),
    ("Plaid", "third party", ("plaid.com",), ()),
    ("Twilio", "third party", ("twilio.com", "sendgrid.com"), ()),
    ("Google APIs", "third party", ("googleapis.com", "google.com", "gstatic.com"), ()),
    ("Apple", "third party", ("apple.com", "icloud.com"), ()),
    ("Meta", "third party", ("facebook.com", "fbcdn.net", "instagram.com", "whatsapp.com"), ()),
    (
        "Microsoft",
        "third party",
        ("microsoftonline.com", "microsoft.com", "live.com", "office.com"),
        (),
    ),
    ("GitHub", "third party", ("github.com",), ()),
    ("X", "third party", ("twitter.com", "x.com"), ()),
    ("Slack", "third party", ("slack.com",), ()),
    ("OpenAI", "third party", ("openai.com",), ()),
    ("Anthropic", "third party", ("anthropic.com",), ()),
    ("Mapbox", "third party", ("mapbox.com",), ()),
    ("Sentry", "third party", ("sentry.io",), ()),
    ("Datadog", "third party", ("datadoghq.com", "datadoghq.eu"), ()),
    ("Segment", "third party", ("segment.io", "segment.com"), ()),
    ("Mixpanel", "third party", ("mixpanel.com",), ()),
    ("Amplitude", "third party", ("amplitude.com",), ()),
    ("Bugsnag", "third party", ("bugsnag.com",), ()),
    ("AppsFlyer", "third party", ("appsflyer.com",), ()),
    ("Branch", "third party", ("branch.io",), ()),
    ("Intercom", "third party", ("intercom.io",), ()),
    ("Zendesk", "third party", ("zendesk.com",), ()),
    ("HubSpot", "third party", ("hubspot.com", "hubapi.com"), ()),
)
