import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.ExcC14NParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Element;

/** XML signatures by the Java platform, of the family BundID is built with: `verify` or `sign` what stands in stdin. */
class Oracle {
  static final String PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";

  public static void main(String[] args) throws Exception {
    var documents = DocumentBuilderFactory.newInstance();
    documents.setNamespaceAware(true);
    var root = documents.newDocumentBuilder().parse(System.in).getDocumentElement();
    root.setIdAttribute("ID", true);
    System.out.print(args[0].equals("verify") ? verify(root, args[1]) : sign(root, args[1]));
  }

  static boolean verify(Element root, String certificate) throws Exception {
    try (var in = Files.newInputStream(Path.of(certificate))) {
      var key = CertificateFactory.getInstance("X.509").generateCertificate(in).getPublicKey();
      var signature = root.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
      var context = new DOMValidateContext(key, signature);
      return XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context).validate(context);
    }
  }

  static String sign(Element root, String keyFile) throws Exception {
    var pem = Files.readString(Path.of(keyFile)).replaceAll("-----[^-]+-----|\\s", "");
    var spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
    var key = KeyFactory.getInstance("RSA").generatePrivate(spec);
    var xml = XMLSignatureFactory.getInstance("DOM");
    var transforms = List.of(
        xml.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
        xml.newTransform(CanonicalizationMethod.EXCLUSIVE, new ExcC14NParameterSpec(List.of("xsd"))));
    var digest = xml.newDigestMethod(DigestMethod.SHA256, null);
    var reference = xml.newReference("#" + root.getAttribute("ID"), digest, transforms, null, null);
    var canonical =
        xml.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null);
    var info = xml.newSignedInfo(canonical, xml.newSignatureMethod(PSS, null), List.of(reference));
    var context = new DOMSignContext(key, root, root.getFirstChild().getNextSibling());
    context.setDefaultNamespacePrefix("ds");
    xml.newXMLSignature(info, null).sign(context);

    var out = new StringWriter();
    var writer = TransformerFactory.newInstance().newTransformer();
    writer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
    writer.transform(new DOMSource(root), new StreamResult(out));
    return out.toString();
  }
}
